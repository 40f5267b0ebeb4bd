package filter_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/filter"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       filter.Filter
	}{
		{"nothing lists everybody", ``, filter.Filter{}},
		{"blanks list everybody", " \t ", filter.Filter{}},
		{"equal", `email = "ann@example.com"`, filter.Filter{Attribute: "email", Value: "ann@example.com"}},
		{"begins with", `email ^= "ann"`, filter.Filter{Attribute: "email", Value: "ann", Prefix: true}},
		{"blanks are free", " name\t^=\n\"A b\" ", filter.Filter{Attribute: "name", Value: "A b", Prefix: true}},
		{"blanks are not needed", `sub="1-2"`, filter.Filter{Attribute: "sub", Value: "1-2"}},
		{"an escaped quote", `name = "a \"b\""`, filter.Filter{Attribute: "name", Value: `a "b"`}},
		{"an escaped backslash", `username = "CORP\\ann"`, filter.Filter{Attribute: "username", Value: `CORP\ann`}},
		{"an escaped backslash at the end", `name = "a\\"`, filter.Filter{Attribute: "name", Value: `a\`}},
		{"operators inside the value", `name = "x ^= = y"`, filter.Filter{Attribute: "name", Value: "x ^= = y"}},
		{"an empty value", `name = ""`, filter.Filter{Attribute: "name"}},
		{"a state in any case", `cognito:user_status = "Confirmed"`, filter.Filter{Attribute: "cognito:user_status", Value: "CONFIRMED"}},
		{"a status as it stands", `status = "Enabled"`, filter.Filter{Attribute: "status", Value: filter.Enabled}},
		{"other scripts", `family_name ^= "Ö"`, filter.Filter{Attribute: "family_name", Value: "Ö", Prefix: true}},
		{"256 characters", `name = "` + strings.Repeat("ö", 247) + `"`, filter.Filter{Attribute: "name", Value: strings.Repeat("ö", 247)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := filter.Parse(c.text)
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v; want %+v", got, err, c.want)
			}
			if got.All() != (c.want == filter.Filter{}) {
				t.Errorf("All: got %t", got.All())
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const unreadable = "Error while parsing filter."
	for _, c := range []struct{ name, text, want string }{
		{"a word", `foo`, unreadable},
		{"no value", `username =`, unreadable},
		{"no quotes", `username = ann`, unreadable},
		{"single quotes", `username = 'ann'`, unreadable},
		{"an open quote", `username = "ann`, unreadable},
		{"a quote that only looks closed", `username = "ann\"`, unreadable},
		{"an unknown escape", `username = "CORP\ann"`, unreadable},
		{"another operator", `username != "ann"`, unreadable},
		{"a doubled operator", `username == "ann"`, unreadable},
		{"a split operator", `username ^ = "ann"`, unreadable},
		{"two attributes", `username = "ann" and email = "a"`, unreadable},
		{"no attribute", `= "ann"`, unreadable},
		{"SQL instead of a name", `username' or 1=1 = "ann"`, unreadable},
		{"a NUL", "name = \"a\x00\"", unreadable},
		{"invalid UTF-8", "name = \"\xff\"", unreadable},
		{"257 characters", `name = "` + strings.Repeat("ö", 248) + `"`, unreadable},
		{"a custom attribute", `custom:team = "red"`, "Invalid search attribute: custom:team"},
		{"an attribute that is not searchable", `birthdate = "2000-01-01"`, "Invalid search attribute: birthdate"},
		{"an attribute in another case", `Username = "ann"`, "Invalid search attribute: Username"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := filter.Parse(c.text)
			f, ok := fault.As(err)
			if !ok || f.Code != fault.InvalidParameter || f.Message != c.want {
				t.Errorf("got %+v, %v; want InvalidParameterException: %s", got, err, c.want)
			}
			if got != (filter.Filter{}) {
				t.Errorf("a refused filter must be empty, got %+v", got)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	whole := filter.Filter{Attribute: "name", Value: "Ann"}
	prefix := filter.Filter{Attribute: "name", Value: "Ann", Prefix: true}
	for _, c := range []struct {
		value         string
		whole, prefix bool
	}{{"Ann", true, true}, {"Anna", false, true}, {"ann", false, false}, {"", false, false}, {"An", false, false}} {
		if got := whole.Matches(c.value); got != c.whole {
			t.Errorf("%s matches %q: got %t, want %t", whole, c.value, got, c.whole)
		}
		if got := prefix.Matches(c.value); got != c.prefix {
			t.Errorf("%s matches %q: got %t, want %t", prefix, c.value, got, c.prefix)
		}
	}
}

func TestAFilterIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := filter.Filter{
			Attribute: rapid.SampledFrom(filter.Attributes()).Draw(t, "attribute"),
			Value:     rapid.StringMatching(`[A-Z0-9 "\\^=Ö]{0,100}`).Draw(t, "value"),
			Prefix:    rapid.Bool().Draw(t, "prefix"),
		}
		got, err := filter.Parse(want.String())
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", want, got, err, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`email ^= "a\"b\\"`)
	f.Add(`cognito:user_status="confirmed"`)
	f.Add(`custom:x = "y"`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := filter.Parse(text)
		if err != nil {
			if !fault.Has(err, fault.InvalidParameter) {
				t.Errorf("%q: got %v, want a fault", text, err)
			}
			return
		}
		if !utf8.ValidString(got.Value) || utf8.RuneCountInString(got.Value) > filter.MaxLength {
			t.Errorf("%q: value %q out of bounds", text, got.Value)
		}
		// Upper case may lengthen a value, so the text written may be over the limit, but it must mean the same.
		if again, err := filter.Parse(got.String()); err == nil && again != got {
			t.Errorf("%q: read %+v, written and read again %+v", text, got, again)
		}
	})
}
