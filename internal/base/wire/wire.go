// Package wire is strict JSON as the AWS JSON 1.1 protocol speaks it.
//
// Strict: a duplicate member, invalid UTF-8, a wrong type, trailing data or
// too deep a nesting is a SerializationException. Lenient where AWS is:
// unknown members are ignored, an explicit null equals an absent member (also
// as a value of a map), an empty body equals {}.
//
// Member names are case-sensitive. Timestamps are numbers, seconds since the
// epoch (Time). Document members are raw JSON (Document). Blobs are base64.
package wire

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// MaxDepth is how deep a document may nest; deeper is refused before it costs memory.
const MaxDepth = 64

// Document is a raw JSON value: a member whose shape the model leaves open.
type Document = jsontext.Value

// Time is a moment as the protocol writes it: a JSON number of seconds since
// the epoch, with a fraction to milliseconds.
type Time struct{ time.Time }

// The years 1 to 9999, in seconds since the epoch.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300800
)

// At wraps a moment for the wire.
func At(t time.Time) *Time { return &Time{t} }

// MarshalJSONTo writes seconds, with at most three decimals.
func (t Time) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(strconv.AppendFloat(nil, float64(t.UnixMilli())/1000, 'f', -1, 64))
}

// UnmarshalJSONFrom reads seconds since the epoch; the years 1 to 9999 are accepted.
func (t *Time) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if v.Kind() == 'n' {
		*t = Time{}
		return nil
	}
	if v.Kind() != '0' {
		return errors.New("a timestamp must be a number of seconds")
	}
	sec, err := strconv.ParseFloat(string(v), 64)
	if err != nil || sec < firstSecond || sec >= lastSecond {
		return errors.New("timestamp out of range")
	}
	*t = Time{time.UnixMilli(int64(math.Round(sec * 1000))).UTC()}
	return nil
}

var decodeOptions = json.JoinOptions(
	json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(readStringMap),
		json.UnmarshalFromFunc(readDocument),
	)),
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
)

// Text that is not UTF-8 is written with U+FFFD in the place of each bad byte:
// Must would otherwise let one such byte in a query string stop us.
var encodeOptions = json.JoinOptions(
	json.Deterministic(true),
	jsontext.AllowInvalidUTF8(true),
)

// readDocument keeps the raw value; null is an absent document.
func readDocument(dec *jsontext.Decoder, d *Document) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*d = nil
	if v.Kind() != 'n' {
		*d = v.Clone()
	}
	return nil
}

// readStringMap drops members whose value is null: clients send null for "absent".
func readStringMap(dec *jsontext.Decoder, m *map[string]string) error {
	if dec.PeekKind() == 'n' {
		*m = nil
		return dec.SkipValue()
	}
	if dec.PeekKind() != '{' {
		return errors.New("not an object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	out := make(map[string]string)
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		value, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch value.Kind() {
		case 'n':
		case '"':
			out[key] = value.String()
		default:
			return errors.New("the value of a map member is not a string")
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	*m = out
	return nil
}

// Decode reads one JSON object strictly into a pointer to a struct. Its only
// error is a SerializationException, which never repeats the input: neither
// values nor names that the client chose. After an error the struct holds what
// was read before it.
func Decode(data []byte, into any) error {
	data = bytes.Trim(data, " \t\r\n")
	if len(data) == 0 {
		data = []byte("{}")
	}
	if data[0] != '{' {
		return fault.New(fault.Serialization, "The request body must be a JSON object.")
	}
	if tooDeep(data) {
		return fault.Newf(fault.Serialization, "The request body nests deeper than %d levels.", MaxDepth)
	}
	if err := json.Unmarshal(data, into, decodeOptions); err != nil {
		return fault.New(fault.Serialization, "The request body "+explain(err, into)+".")
	}
	return nil
}

// explain tells where and what kind of mistake, without the input: passwords travel in it.
func explain(err error, into any) string {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		at := place(reflect.TypeOf(into), semantic.JSONPointer)
		if semantic.JSONKind != 0 {
			return fmt.Sprintf("has a wrong type at %s: found %s", at, semantic.JSONKind)
		}
		return "has a wrong value at " + at
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			return fmt.Sprintf("has a duplicate member at byte %d", syntactic.ByteOffset)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return "ends too early"
		}
		return fmt.Sprintf("is not valid JSON at byte %d", syntactic.ByteOffset)
	}
	return "is not valid JSON"
}

// place is the part of the pointer that our own types name. What lies below a
// map is the client's choice of words.
func place(t reflect.Type, pointer jsontext.Pointer) string {
	at := ""
	for token := range pointer.Tokens() {
		if t = inside(t, token); t == nil {
			break
		}
		at += "/" + token
	}
	return cmp.Or(at, "/")
}

// inside is the type of a struct's member of that name, or of a list's element, or nil.
func inside(t reflect.Type, name string) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice:
		return t.Elem()
	case reflect.Struct:
		for field := range t.Fields() {
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if cmp.Or(tag, field.Name) == name {
				return field.Type
			}
		}
	}
	return nil
}

// tooDeep counts brackets outside strings, so that the check costs no memory.
func tooDeep(data []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// Encode writes v as JSON, map members sorted, so that equal values give equal bytes.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, encodeOptions)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return b, nil
}

// Must is Encode for values that cannot fail: our own structs of strings and
// integers. It panics for channels, functions, NaN and infinities.
func Must(v any) []byte {
	b, err := Encode(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Read is Decode for documents that we stored ourselves: any JSON value, and
// an error is ours, not the client's. It says where and what kind, not what
// was stored: secrets may be.
func Read(data []byte, into any) error {
	if err := json.Unmarshal(data, into, decodeOptions); err != nil {
		return fmt.Errorf("read stored %T: it %s", into, explain(err, into))
	}
	return nil
}

// ReadKnown reads a document that an operator wrote: strictly, and a member that
// nobody knows is an error that names it.
func ReadKnown(data []byte, into any) error {
	if tooDeep(data) {
		return fmt.Errorf("it nests deeper than %d levels", MaxDepth)
	}
	err := json.Unmarshal(data, into, decodeOptions, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("it has the unknown member %.80q", string(semantic.JSONPointer))
	}
	return fmt.Errorf("it %s", explain(err, into))
}

// Decoder is what a type reads itself from that begins with values of its own;
// its method is UnmarshalJSONFrom.
type Decoder = jsontext.Decoder

// Next reads the next value, as strictly as the document around it is read, over
// what into holds: what the value does not name stays.
func Next(from *Decoder, into any) error { return json.UnmarshalDecode(from, into) }

// Of is the value behind an optional member, or the zero value when it is absent.
func Of[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
