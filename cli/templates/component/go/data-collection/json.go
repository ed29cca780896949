package main

import "strconv"

// object is a JSON object that grows by its members. Of what encoding/json does, it is what a component needs: that package
// would add 2.4 MB.
type object struct{ members []byte }

func (o object) text(key, value string) object {
	o = o.key(key)
	o.members = quote(o.members, value)
	return o
}

func (o object) number(key string, value int64) object {
	o = o.key(key)
	o.members = strconv.AppendInt(o.members, value, 10)
	return o
}

func (o object) key(key string) object {
	if len(o.members) > 0 {
		o.members = append(o.members, ',')
	}
	o.members = append(quote(o.members, key), ':')
	return o
}

// String is the object as JSON.
func (o object) String() string { return "{" + string(o.members) + "}" }

func quote(to []byte, text string) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c < ' ':
			to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			to = append(to, c)
		}
	}
	return append(to, '"')
}
