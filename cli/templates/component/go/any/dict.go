package main

// Dict is a list of keys and values, in the order in which they were written.
type Dict []Pair

// Pair is one entry of a Dict.
type Pair struct{ Key, Value string }

// Get is the value of a key, and whether there is one.
func (d Dict) Get(key string) (string, bool) {
	for _, pair := range d {
		if pair.Key == key {
			return pair.Value, true
		}
	}
	return "", false
}
