//go:build wasip1

package main

// The canonical ABI: how values lie in the memory that the host reads and writes. Nothing here needs to be edited.

import "unsafe"

func main() {}

// What the host was given, which the collector must not take until the host has read the answer.
var held [][]uint64

// Some hosts ask for memory before Go's runtime has started: it comes from where the runtime takes its own.
var started bool

func init() { started = true }

//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

//go:wasmexport cabi_realloc
func allocate(old unsafe.Pointer, oldSize, _, size uint32) unsafe.Pointer {
	if !started {
		return unsafe.Pointer((uintptr(sbrk(uintptr(size)+8)) + 7) &^ 7)
	}
	block := make([]uint64, (size+7)/8+1) // words, because numbers are aligned
	held = append(held, block)
	if old != nil {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&block[0])), size), unsafe.Slice((*byte)(old), oldSize))
	}
	return unsafe.Pointer(&block[0])
}

// memory is a place where a record begins; its methods read what lies at an offset from there.
type memory struct{ base unsafe.Pointer }

func (m memory) at(offset uint32) memory  { return memory{unsafe.Add(m.base, offset)} }
func (m memory) u8(offset uint32) uint8   { return *(*uint8)(unsafe.Add(m.base, offset)) }
func (m memory) u32(offset uint32) uint32 { return *(*uint32)(unsafe.Add(m.base, offset)) }
func (m memory) i64(offset uint32) int64  { return *(*int64)(unsafe.Add(m.base, offset)) }

// list is where a list's elements lie, and how many there are.
func (m memory) list(offset uint32) (memory, uint32) {
	return memory{unsafe.Pointer(uintptr(m.u32(offset)))}, m.u32(offset + 4)
}

func (m memory) text(offset uint32) string {
	start, length := m.list(offset)
	return unsafe.String((*byte)(start.base), length)
}

func (m memory) texts(offset uint32) []string {
	elements, count := m.list(offset)
	texts := make([]string, count)
	for i := range texts {
		texts[i] = elements.text(uint32(i) * 8)
	}
	return texts
}

func (m memory) dict(offset uint32) Dict {
	elements, count := m.list(offset)
	return elements.pairs(count)
}

func (m memory) pairs(count uint32) Dict {
	dict := make(Dict, count)
	for i := range dict {
		dict[i] = Pair{m.text(uint32(i) * 16), m.text(uint32(i)*16 + 8)}
	}
	return dict
}
