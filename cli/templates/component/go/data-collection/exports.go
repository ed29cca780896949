//go:build wasip1

package main

// The interface edgee:components/data-collection@1.0.0 (see wit/), by the canonical ABI: the offsets follow from the WIT.
// Nothing here needs to be edited.

import (
	"math"
	"unsafe"
)

//go:wasmexport edgee:components/data-collection@1.0.0#page
func exportPage(arguments unsafe.Pointer) unsafe.Pointer { return call(Page, arguments) }

//go:wasmexport edgee:components/data-collection@1.0.0#track
func exportTrack(arguments unsafe.Pointer) unsafe.Pointer { return call(Track, arguments) }

//go:wasmexport edgee:components/data-collection@1.0.0#user
func exportUser(arguments unsafe.Pointer) unsafe.Pointer { return call(User, arguments) }

//go:wasmexport cabi_post_edgee:components/data-collection@1.0.0#page
func afterPage(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_edgee:components/data-collection@1.0.0#track
func afterTrack(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_edgee:components/data-collection@1.0.0#user
func afterUser(unsafe.Pointer) { release() }

// The answer, and what its words point to.
var answer struct {
	request Request
	failure string
	headers []uint32
	words   [9]uint32
}

func release() {
	held = held[:0]
	answer.request, answer.failure, answer.headers = Request{}, "", nil
}

func call(handler func(Event, Dict) (Request, error), arguments unsafe.Pointer) unsafe.Pointer {
	in := memory{arguments}
	a := &answer
	request, err := handler(in.event(), in.dict(472))
	if err != nil {
		a.failure = err.Error()
		a.words = [9]uint32{1, address(a.failure), uint32(len(a.failure))}
		return unsafe.Pointer(&a.words)
	}
	a.request = request
	for _, h := range request.Headers {
		a.headers = append(a.headers, address(h.Key), uint32(len(h.Key)), address(h.Value), uint32(len(h.Value)))
	}
	forward := uint32(0)
	if request.ForwardClientHeaders {
		forward = 1
	}
	a.words = [9]uint32{
		0, uint32(request.Method), address(request.URL), uint32(len(request.URL)),
		uint32(uintptr(unsafe.Pointer(unsafe.SliceData(a.headers)))), uint32(len(request.Headers)),
		forward, address(request.Body), uint32(len(request.Body)),
	}
	return unsafe.Pointer(&a.words)
}

func address(s string) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.StringData(s)))) }

func (m memory) event() Event {
	event := Event{
		UUID: m.text(0), Timestamp: m.i64(8), TimestampMillis: m.i64(16), TimestampMicros: m.i64(24),
		Type: EventType(m.u8(32)), Context: m.at(112).context(),
	}
	if m.u8(464) == 1 {
		event.Consent = Consent(m.u8(465)) + Pending
	}
	switch data := m.at(40); m.u8(36) {
	case 0:
		page := data.page()
		event.Page = &page
	case 1:
		event.Track = &TrackData{Name: data.text(0), Properties: data.dict(8)}
		products, count := data.list(16)
		for i := range count {
			event.Track.Products = append(event.Track.Products, products.dict(i*8))
		}
	case 2:
		user := data.user()
		event.User = &user
	}
	return event
}

func (m memory) page() PageData {
	return PageData{
		Name: m.text(0), Category: m.text(8), Keywords: m.texts(16), Title: m.text(24), URL: m.text(32),
		Path: m.text(40), Search: m.text(48), Referrer: m.text(56), Properties: m.dict(64),
	}
}

func (m memory) user() UserData {
	return UserData{UserID: m.text(0), AnonymousID: m.text(8), EdgeeID: m.text(16), Properties: m.dict(24)}
}

func (m memory) context() Context {
	client, campaign, session := m.at(104), m.at(252), m.at(312)
	return Context{
		Page: m.page(), User: m.at(72).user(),
		Client: Client{
			IP: client.text(0), Locale: client.text(8), Timezone: client.text(16), UserAgent: client.text(24),
			UserAgentArchitecture: client.text(32), UserAgentBitness: client.text(40), UserAgentVersionList: client.text(48),
			UserAgentFullVersionList: client.text(56), UserAgentMobile: client.text(64), UserAgentModel: client.text(72),
			OSName: client.text(80), OSVersion: client.text(88),
			ScreenWidth: int32(client.u32(96)), ScreenHeight: int32(client.u32(100)),
			ScreenDensity: math.Float32frombits(client.u32(104)),
			Continent:     client.text(108), CountryCode: client.text(116), CountryName: client.text(124),
			Region: client.text(132), City: client.text(140),
		},
		Campaign: Campaign{
			Name: campaign.text(0), Source: campaign.text(8), Medium: campaign.text(16), Term: campaign.text(24),
			Content: campaign.text(32), CreativeFormat: campaign.text(40), MarketingTactic: campaign.text(48),
		},
		Session: Session{
			ID: session.text(0), PreviousID: session.text(8), Count: session.u32(16), Start: session.u8(20) == 1,
			FirstSeen: session.i64(24), LastSeen: session.i64(32),
		},
	}
}
