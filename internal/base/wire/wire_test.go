package wire

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// letter has one member of each kind that the protocol knows.
type letter struct {
	Text  *string           `json:"Text,omitzero"`
	Count *int32            `json:"Count,omitzero"`
	Flag  *bool             `json:"Flag,omitzero"`
	When  *Time             `json:"When,omitzero"`
	Blob  []byte            `json:"Blob,omitzero"`
	Open  Document          `json:"Open,omitzero"`
	Pairs map[string]string `json:"Pairs,omitzero"`
	List  []letter          `json:"List,omitzero"`
	Limit map[string]int    `json:"Limit,omitzero"`
}

func TestDecodeIsLenientWhereAWSIs(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"an empty body is an empty object", "", `{}`},
		{"so are blanks", " \r\n\t", `{}`},
		{"unknown members are ignored", `{"Other":{"a":[1,{"b":null}]},"Text":"x"}`, `{"Text":"x"}`},
		{"null is absent", `{"Text":null,"Count":null,"Flag":null,"When":null,"Blob":null,"Open":null,"Pairs":null,"List":null}`, `{}`},
		{"null is absent as a value of a map", `{"Pairs":{"a":null,"b":"x"}}`, `{"Pairs":{"b":"x"}}`},
		{"an empty map is present", `{"Pairs":{}}`, `{"Pairs":{}}`},
		{"a map of nulls is an empty map", `{"Pairs":{"a":null}}`, `{"Pairs":{}}`},
		{"an empty list is present", `{"List":[]}`, `{"List":[]}`},
		{"names are case-sensitive", `{"text":"x","TEXT":"y"}`, `{}`},
		{"names that differ in case are no duplicates", `{"text":"x","Text":"y"}`, `{"Text":"y"}`},
		{"blanks around the object", "\n {\"Text\" : \"x\"} \n", `{"Text":"x"}`},
		{"escapes", `{"Text":"\u00e9\ud83d\ude00\n"}`, `{"Text":"é😀\n"}`},
		{"base64", `{"Blob":"aGk="}`, `{"Blob":"aGk="}`},
		{"a document stays as it is", `{"Open":[1.50,{"b":null}]}`, `{"Open":[1.50,{"b":null}]}`},
		{"a time without fraction", `{"When":1721237155}`, `{"When":1721237155}`},
		{"a time with milliseconds", `{"When":1721237155.123}`, `{"When":1721237155.123}`},
		{"a time with an exponent", `{"When":1.721237155e9}`, `{"When":1721237155}`},
		{"a time before the epoch", `{"When":-1.5}`, `{"When":-1.5}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in letter
			if err := Decode([]byte(c.body), &in); err != nil {
				t.Fatal(err)
			}
			if got := string(Must(in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Each body carries the word hunter2 somewhere, as a client's secret would travel.
func TestDecodeRefusesWithoutRepeatingTheInput(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"no object", `["hunter2"]`, "must be a JSON object."},
		{"a bare word", `hunter2`, "must be a JSON object."},
		{"blanks that JSON does not know", "\u00a0{\"Text\":\"hunter2\"}", "must be a JSON object."},
		{"a duplicate member", `{"Text":"hunter2","Text":"x"}`, "has a duplicate member at byte 18."},
		{"a duplicate that is spelt with escapes", `{"Text":"hunter2","T\u0065xt":"x"}`, "has a duplicate member at byte 18."},
		{"a duplicate unknown member", `{"hunter2":1,"hunter2":2}`, "has a duplicate member at byte 13."},
		{"a duplicate key of a map", `{"Pairs":{"hunter2":"1","hunter2":"2"}}`, "has a duplicate member at byte 24."},
		{"a duplicate in a document", `{"Open":{"hunter2":1,"hunter2":2}}`, "has a duplicate member at byte 21."},
		{"a string for a number", `{"Count":"hunter2"}`, "has a wrong type at /Count: found string."},
		{"a number for a string", `{"List":[{},{"Text":1}],"Pairs":{"hunter2":"x"}}`, "has a wrong type at /List/1/Text: found number."},
		{"a number out of range", `{"Count":99999999999,"Text":"hunter2"}`, "has a wrong type at /Count: found number."},
		{"a fraction for an integer", `{"Count":1.5,"Text":"hunter2"}`, "has a wrong type at /Count: found number."},
		{"text for a map", `{"Pairs":"hunter2"}`, "has a wrong value at /Pairs."},
		{"a number in a map", `{"Pairs":{"hunter2":1}}`, "has a wrong value at /Pairs."},
		{"an object in a map", `{"Pairs":{"hunter2":{"a":"b"}}}`, "has a wrong value at /Pairs."},
		{"a list in a map", `{"Pairs":{"hunter2":[]}}`, "has a wrong value at /Pairs."},
		{"text in a map of numbers", `{"Limit":{"hunter2":"x"}}`, "has a wrong type at /Limit: found string."},
		{"text for a time", `{"When":"hunter2"}`, "has a wrong value at /When."},
		{"a time before the year 1", `{"When":-62135596801,"Text":"hunter2"}`, "has a wrong value at /When."},
		{"a time after the year 9999", `{"When":253402300800,"Text":"hunter2"}`, "has a wrong value at /When."},
		{"an enormous time", `{"When":1e999,"Text":"hunter2"}`, "has a wrong value at /When."},
		{"broken base64", `{"Blob":"hunter2!"}`, "has a wrong type at /Blob: found string."},
		{"a bad byte", "{\"Text\":\"hunter2\xff\"}", "is not valid JSON at byte 16."},
		{"a lone surrogate", `{"Text":"hunter2\ud800"}`, "is not valid JSON at byte 16."},
		{"a bad literal", `{"hunter2":tru}`, "is not valid JSON at byte 14."},
		{"a bad escape in an unknown member", `{"hunter2":"\q"}`, "is not valid JSON at byte 12."},
		{"trailing data", `{"Text":"hunter2"} {}`, "is not valid JSON at byte 19."},
		{"an end too early", `{"Text":"hunter2"`, "ends too early."},
		{"a comment", `{"Text":"hunter2"/**/}`, "is not valid JSON at byte 17."},
		{"too deep", `{"Text":"hunter2","Open":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + "}", "nests deeper than 64 levels."},
		{"too deep and never closed", strings.Repeat(`{"hunter2":`, 100000), "nests deeper than 64 levels."},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in letter
			err := Decode([]byte(c.body), &in)
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Serialization || f.Message != "The request body "+c.want {
				t.Fatalf("got %v, want SerializationException: The request body %s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the input: %v", err)
			}
			if err := Read([]byte(c.body), &in); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error of Read repeats the input: %v", err)
			}
		})
	}
}

func TestDecodeAllowsTheDepthItPromises(t *testing.T) {
	var in letter
	body := `{"Open":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + "}"
	if err := Decode([]byte(body), &in); err != nil {
		t.Error(err)
	}
	if err := Decode([]byte(`{"Text":"`+strings.Repeat(`[{\"`, 100)+`"}`), &in); err != nil {
		t.Errorf("brackets inside text are no depth: %v", err)
	}
}

func TestReadTakesAnyValueThatWeStored(t *testing.T) {
	var list []string
	if err := Read([]byte(`["a","b"]`), &list); err != nil || len(list) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
	if err := Read(nil, &list); err == nil {
		t.Error("nothing stored is not a value")
	}
}

func TestEncodeGivesEqualBytesForEqualValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "pairs")
		a, b := Must(letter{Pairs: pairs}), Must(letter{Pairs: maps.Clone(pairs)})
		if !bytes.Equal(a, b) {
			t.Fatalf("got %s and %s", a, b)
		}
		var back letter
		if err := Decode(a, &back); err != nil || !maps.Equal(back.Pairs, pairs) {
			t.Fatalf("got back %v, %v", back.Pairs, err)
		}
	})
}

func TestEncodeReplacesWhatIsNotUTF8(t *testing.T) {
	if got, want := string(Must(letter{Text: new("a\xffb")})), "{\"Text\":\"a\ufffdb\"}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEncodeSaysWhatItCannotWrite(t *testing.T) {
	if _, err := Encode(make(chan int)); err == nil || !strings.HasPrefix(err.Error(), "encode chan int: ") {
		t.Errorf("got %v", err)
	}
}

func TestTimeKeepsMilliseconds(t *testing.T) {
	first := time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC).UnixMilli() // a millisecond earlier is the zero time: absent
	last := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(first, last).Draw(t, "ms")
		var back letter
		if err := Decode(Must(letter{When: At(time.UnixMilli(ms))}), &back); err != nil {
			t.Fatal(err)
		}
		if got := back.When.UnixMilli(); got != ms {
			t.Fatalf("got %d ms, want %d", got, ms)
		}
		if back.When.Location() != time.UTC {
			t.Fatalf("got a time in %s, want UTC", back.When.Location())
		}
	})
}

func TestOf(t *testing.T) {
	if got := Of(new("x")); got != "x" {
		t.Errorf("got %q, want x", got)
	}
	if got := Of[int32](nil); got != 0 {
		t.Errorf("got %d, want 0 for an absent member", got)
	}
}

// FuzzDecode: no panic, no error but a SerializationException, and what was
// read is written and read again unchanged.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"Text":"é","Count":-1,"When":1.5,"Pairs":{"a":null}}`, `{"List":[{"List":[{}]}],"Open":[[1e5]]}`,
		`{"Blob":"aGk="}`, `{"a":{"b":1,"b":2}}`, "{\"Text\":\"\xff\"}", `[`, `{"Limit":{"x":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var in letter
		if err := Decode(data, &in); err != nil {
			if !fault.Has(err, fault.Serialization) {
				t.Fatalf("got %v", err)
			}
			return
		}
		once := Must(in)
		var again letter
		if err := Decode(once, &again); err != nil {
			t.Fatalf("cannot read back %s: %v", once, err)
		}
		if twice := Must(again); !bytes.Equal(once, twice) {
			t.Fatalf("got %s, then %s", once, twice)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	body := fmt.Appendf(nil, `{"Text":"USER_PASSWORD_AUTH","Pairs":{"USERNAME":"ann@example.com","PASSWORD":"%s"}}`, strings.Repeat("p", 20))
	b.ReportAllocs()
	for b.Loop() {
		var in letter
		if err := Decode(body, &in); err != nil {
			b.Fatal(err)
		}
	}
}

func TestReadKnown(t *testing.T) {
	type inner struct {
		Count uint32 `json:"count"`
	}
	type document struct {
		Inner *inner `json:"inner"`
	}
	for _, c := range []struct{ story, text, want string }{
		{"what is known is read", `{"inner":{"count":3}}`, ""},
		{"an unknown member is named", `{"inner":{"cuont":3}}`, `it has the unknown member "/inner/cuont"`},
		{"so is one at the top", `{"Inner":{}}`, `it has the unknown member "/Inner"`},
		{"a wrong type is told by its place", `{"inner":{"count":"3"}}`, "it has a wrong type at /inner/count: found string"},
		{"a number out of range too", `{"inner":{"count":-1}}`, "it has a wrong type at /inner/count: found number"},
		{"a member twice is no choice of ours", `{"inner":{},"inner":{}}`, "it has a duplicate member at byte 12"},
		{"half a document is none", `{"inner":`, "it ends too early"},
		{"nor is an endless one", strings.Repeat(`{"inner":`, 100), "it nests deeper than 64 levels"},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := ""
			if err := ReadKnown([]byte(c.text), new(document)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
