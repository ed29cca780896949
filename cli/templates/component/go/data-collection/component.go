// A destination: each function makes of an event the request that the host will send.
package main

import "errors"

// Page answers to a page view.
func Page(event Event, settings Dict) (Request, error) {
	return send("page", event.Page.Title, event, settings)
}

// Track answers to something that a visitor did.
func Track(event Event, settings Dict) (Request, error) {
	return send("track", event.Track.Name, event, settings)
}

// User answers to a visitor who says who they are.
func User(event Event, settings Dict) (Request, error) {
	return send("user", event.User.UserID, event, settings)
}

func send(kind, name string, event Event, settings Dict) (Request, error) {
	key, ok := settings.Get("api_key")
	if !ok {
		return Request{}, errors.New("the setting api_key is missing")
	}
	// With encoding/json this component would be twice as large; see json.go.
	body := object{}.
		text("type", kind).
		text("id", event.UUID).
		number("at", event.TimestampMillis).
		text("visitor", event.Context.User.EdgeeID).
		text("name", name).
		text("url", event.Context.Page.URL)
	return Request{
		Method:  POST,
		URL:     "https://collect.example.com/v1/events",
		Headers: Dict{{"content-type", "application/json"}, {"authorization", "Bearer " + key}},
		Body:    body.String(),
	}, nil
}
