package main

// The interface edgee:components/data-collection@1.0.0 (see wit/), in Go's terms. A text that is not known is empty.

// EventType says what happened.
type EventType uint8

const (
	TypePage EventType = iota
	TypeTrack
	TypeUser
)

// Consent is what the visitor said.
type Consent uint8

const (
	Unknown Consent = iota
	Pending
	Granted
	Denied
)

// Event is one thing that happened. Of Page, Track and User, the one of its Type is set.
type Event struct {
	UUID                                        string
	Timestamp, TimestampMillis, TimestampMicros int64
	Type                                        EventType
	Page                                        *PageData
	Track                                       *TrackData
	User                                        *UserData
	Context                                     Context
	Consent                                     Consent
}

// PageData is a page.
type PageData struct {
	Name, Category                     string
	Keywords                           []string
	Title, URL, Path, Search, Referrer string
	Properties                         Dict
}

// UserData is who a visitor is.
type UserData struct {
	UserID, AnonymousID, EdgeeID string
	Properties                   Dict
}

// TrackData is something that a visitor did.
type TrackData struct {
	Name       string
	Properties Dict
	Products   []Dict
}

// Context is where an event happened.
type Context struct {
	Page     PageData
	User     UserData
	Client   Client
	Campaign Campaign
	Session  Session
}

// Client is the visitor's device.
type Client struct {
	IP, Locale, Timezone, UserAgent, UserAgentArchitecture, UserAgentBitness string
	UserAgentVersionList, UserAgentFullVersionList                           string
	UserAgentMobile, UserAgentModel, OSName, OSVersion                       string
	ScreenWidth, ScreenHeight                                                int32
	ScreenDensity                                                            float32
	Continent, CountryCode, CountryName, Region, City                        string
}

// Campaign is what brought the visitor.
type Campaign struct{ Name, Source, Medium, Term, Content, CreativeFormat, MarketingTactic string }

// Session is the visit; its times are seconds since 1970.
type Session struct {
	ID, PreviousID      string
	Count               uint32
	Start               bool
	FirstSeen, LastSeen int64
}

// Method is the method of a request.
type Method uint8

const (
	GET Method = iota
	PUT
	POST
	DELETE
)

// Request is what the host shall send. Forwarding adds the visitor's address, language and browser.
type Request struct {
	Method               Method
	URL                  string
	Headers              Dict
	ForwardClientHeaders bool
	Body                 string
}
