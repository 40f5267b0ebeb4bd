package shape

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// redacted stands for a sensitive member that is present.
const redacted = "[redacted]"

// write is describe for fmt.
func write(f fmt.State, v any) { _, _ = io.WriteString(f, describe(v)) }

// describe prints one of our structs with the members that are present, the
// sensitive ones as [redacted], and every long value cut.
func describe(v any) string {
	return string(appendStruct(nil, reflect.ValueOf(v)))
}

func appendStruct(b []byte, v reflect.Value) []byte {
	t := v.Type()
	b = append(b, t.Name()...)
	b = append(b, '{')
	first := true
	for i := range t.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if !first {
			b = append(b, ' ')
		}
		first = false
		b = append(b, t.Field(i).Name...)
		b = append(b, ':')
		if t.Field(i).Tag.Get("sensitive") != "" {
			b = append(b, redacted...)
			continue
		}
		b = appendValue(b, v.Field(i))
	}
	return append(b, '}')
}

func appendValue(b []byte, v reflect.Value) []byte {
	switch x := v.Interface().(type) {
	case *wire.Time:
		return x.UTC().AppendFormat(b, time.RFC3339Nano)
	case wire.Document:
		return append(append(append(b, "document of "...), strconv.Itoa(len(x))...), " bytes"...)
	case []byte:
		return append(strconv.AppendInt(b, int64(len(x)), 10), " bytes"...)
	case map[string]string:
		return append(b, strconv.Quote(clip(mapText(x)))...)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return appendValue(b, v.Elem())
	case reflect.Struct:
		return appendStruct(b, v)
	case reflect.Slice:
		return appendList(b, v)
	case reflect.String:
		return strconv.AppendQuote(b, clip(v.String()))
	}
	return fmt.Append(b, v.Interface())
}

// maxElements is how many elements of a list a log line repeats.
const maxElements = 20

func appendList(b []byte, v reflect.Value) []byte {
	b = append(b, '[')
	for i := range min(v.Len(), maxElements) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendValue(b, v.Index(i))
	}
	if more := v.Len() - maxElements; more > 0 {
		b = fmt.Appendf(b, " and %d more", more)
	}
	return append(b, ']')
}
