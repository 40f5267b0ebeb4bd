package srp

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

func TestTimestamp(t *testing.T) {
	moment := time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	same(t, "in another zone", FormatTimestamp(moment.In(time.FixedZone("", -3*3600))), "Tue Nov 3 04:05:06 UTC 2026")
	got, err := ParseTimestamp("Tue Nov 3 04:05:06 UTC 2026")
	if err != nil || !got.Equal(moment) || got.Location() != time.UTC {
		t.Errorf("got %v, %v", got, err)
	}
	for name, s := range map[string]string{
		"empty":              "",
		"a padded day":       "Tue Nov 03 04:05:06 UTC 2026",
		"a space-padded day": "Tue Nov  3 04:05:06 UTC 2026",
		"a short hour":       "Tue Nov 3 4:05:06 UTC 2026",
		"the wrong weekday":  "Wed Nov 3 04:05:06 UTC 2026",
		"a full weekday":     "Tuesday Nov 3 04:05:06 UTC 2026",
		"another language":   "Di Nov 3 04:05:06 UTC 2026",
		"lower case":         "tue nov 3 04:05:06 utc 2026",
		"another zone":       "Tue Nov 3 04:05:06 GMT 2026",
		"an offset":          "Tue Nov 3 04:05:06 +0000 2026",
		"fractions":          "Tue Nov 3 04:05:06.5 UTC 2026",
		"a leap second":      "Tue Nov 3 04:05:60 UTC 2026",
		"no such day":        "Tue Feb 30 04:05:06 UTC 2027",
		"a short year":       "Tue Nov 3 04:05:06 UTC 26",
		"a tail":             "Tue Nov 3 04:05:06 UTC 2026 ",
		"ISO 8601":           "2026-11-03T04:05:06Z",
	} {
		t.Run(name, func(t *testing.T) {
			if at, err := ParseTimestamp(s); !fault.Has(err, fault.InvalidParameter) || !at.IsZero() {
				t.Errorf("%q: got %v, %v, want InvalidParameterException", s, at, err)
			}
		})
	}
}

func TestEveryTimestampWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(0, 253402300799).Draw(t, "seconds"), 0).UTC()
		got, err := ParseTimestamp(FormatTimestamp(want))
		if err != nil || !got.Equal(want) {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func FuzzParseTimestamp(f *testing.F) {
	f.Add("Tue Nov 3 04:05:06 UTC 2026")
	f.Add("Tue Nov 03 04:05:06 UTC 2026")
	f.Add("Tue Nov 3 04:05:06,5 UTC 2026")
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := ParseTimestamp(s); err == nil && FormatTimestamp(at) != s {
			t.Errorf("%q was read as %v, which is written %q", s, at, FormatTimestamp(at))
		}
	})
}
