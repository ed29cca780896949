package main

import (
	"encoding/json"
	"testing"
)

func TestAnEventIsSentWithItsNameAndItsPage(t *testing.T) {
	event := Event{Type: TypeTrack, Track: &TrackData{Name: "say \"déjà vu\"\n"}}
	event.Context.Page.URL = "https://shop.example/"
	request, err := Track(event, Dict{{"api_key", "k"}})
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(request.Body), &body); err != nil {
		t.Fatal(err)
	}
	if body["name"] != event.Track.Name || body["url"] != "https://shop.example/" {
		t.Errorf("%v", body)
	}
}

func TestWithoutItsKeyItSaysWhatIsMissing(t *testing.T) {
	if _, err := Track(Event{Track: &TrackData{}}, nil); err == nil {
		t.Error("no error")
	}
}
