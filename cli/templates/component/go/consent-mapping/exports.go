//go:build wasip1

package main

// The interface edgee:components/consent-mapping@1.0.0 (see wit/), by the canonical ABI. Nothing here needs to be edited.

import "unsafe"

var answer [2]uint8

//go:wasmexport edgee:components/consent-mapping@1.0.0#map
func exportMap(cookies unsafe.Pointer, cookieCount uint32, settings unsafe.Pointer, settingCount uint32) unsafe.Pointer {
	consent := Map(memory{cookies}.pairs(cookieCount), memory{settings}.pairs(settingCount))
	answer = [2]uint8{0, 0}
	if consent != Unknown {
		answer = [2]uint8{1, uint8(consent - Pending)}
	}
	held = held[:0]
	return unsafe.Pointer(&answer)
}
