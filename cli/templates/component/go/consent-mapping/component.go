// Reads what a visitor has agreed to from a cookie.
package main

// Consent is what a visitor has said.
type Consent uint8

const (
	Unknown Consent = iota
	Pending
	Granted
	Denied
)

// Map is what the cookies say; Unknown where they say nothing.
func Map(cookies, settings Dict) Consent {
	name, ok := settings.Get("cookie_name")
	if !ok {
		name = "consent"
	}
	answer, ok := cookies.Get(name)
	switch {
	case !ok:
		return Unknown
	case answer == "yes":
		return Granted
	case answer == "no":
		return Denied
	default:
		return Pending
	}
}
