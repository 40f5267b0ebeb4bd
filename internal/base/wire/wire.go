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
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
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

// At wraps a moment for the wire.
func At(t time.Time) *Time { return &Time{t} }

// MarshalJSONTo writes seconds, with at most three decimals.
func (t Time) MarshalJSONTo(enc *jsontext.Encoder) error {
	ms := t.UnixMilli()
	b := strconv.AppendInt(nil, ms/1000, 10)
	if frac := ms % 1000; frac > 0 {
		b = strconv.AppendFloat(b[:0], float64(ms)/1000, 'f', -1, 64)
	}
	return enc.WriteValue(b)
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
	if err != nil || math.Abs(sec) > 253402300799 {
		return errors.New("timestamp out of range")
	}
	*t = Time{time.UnixMilli(int64(math.Round(sec * 1000))).UTC()}
	return nil
}

var decodeOptions = json.JoinOptions(
	json.WithUnmarshalers(json.UnmarshalFromFunc(readStringMap)),
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
)

var encodeOptions = json.JoinOptions(json.Deterministic(true))

// readStringMap drops members whose value is null: clients send null for "absent".
func readStringMap(dec *jsontext.Decoder, m *map[string]string) error {
	if dec.PeekKind() == 'n' {
		*m = nil
		return dec.SkipValue()
	}
	if dec.PeekKind() != '{' {
		v, _ := dec.ReadValue()
		return fmt.Errorf("cannot read a map from JSON %s", v.Kind())
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
			return fmt.Errorf("the value of a map member must be a string, not %s", value.Kind())
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	*m = out
	return nil
}

// Decode reads one JSON object strictly. Its only error is a
// SerializationException, whose message never repeats the input.
func Decode(data []byte, into any) error {
	data = bytes.TrimSpace(data)
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
		return fault.New(fault.Serialization, explain(err)).Because(errors.New("decode request"))
	}
	return nil
}

// explain tells where and what kind of mistake, without the input: passwords travel in it.
func explain(err error) string {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		at := string(semantic.JSONPointer)
		if at == "" {
			at = "/"
		}
		if semantic.GoType != nil && semantic.JSONKind != 0 {
			return fmt.Sprintf("The value at %s has the wrong type: found %s.", at, semantic.JSONKind)
		}
		return fmt.Sprintf("The value at %s cannot be read.", at)
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return fmt.Sprintf("The request body has a duplicate member at byte %d.", syntactic.ByteOffset)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return "The request body ends too early."
		}
		return fmt.Sprintf("The request body is not valid JSON at byte %d.", syntactic.ByteOffset)
	}
	return "The request body is not valid JSON."
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

// Must is Encode for values that cannot fail: our own structs of strings and numbers.
func Must(v any) []byte {
	b, err := Encode(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Read is Decode for documents that we stored ourselves: any JSON value, and
// an error is ours, not the client's.
func Read(data []byte, into any) error {
	if err := json.Unmarshal(data, into, decodeOptions); err != nil {
		return fmt.Errorf("read stored %T: %w", into, err)
	}
	return nil
}

// Of is the value behind an optional member, or the zero value when it is absent.
func Of[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
