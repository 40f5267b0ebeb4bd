package notify_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

func TestValidEmail(t *testing.T) {
	label := strings.Repeat("a", 63)
	for _, good := range []string{
		"ann@example.com", "a@b.co", "ann.lee+tag@mail.example.co.uk", "o'hara@example.com", "1@1.example", "ann@xn--bcher-kva.example",
		"!#$%&'*+/=?^_`{|}~-@example.com", "ann@a-b.example", "ann@example.xn--p1ai", strings.Repeat("a", 64) + "@example.com",
		"ann@" + label + "." + label + "." + label + ".com",
	} {
		if !notify.ValidEmail(good) {
			t.Errorf("%s: got refused, want accepted", good)
		}
	}
	for name, bad := range map[string]string{
		"nothing": "", "no at": "ann.example.com", "two ats": "ann@lee@example.com", "no local part": "@example.com", "no domain": "ann@",
		"one label": "ann@localhost", "a dot first": ".ann@example.com", "a dot last": "ann.@example.com", "two dots": "ann..lee@example.com",
		"a quoted local part": `"ann lee"@example.com`, "a space": "ann lee@example.com", "a space before": " ann@example.com",
		"a line end after": "ann@example.com\n", "a header": "ann@example.com\r\nBcc: eve@example.com", "a NUL": "ann\x00@example.com",
		"a name": "Ann <ann@example.com>", "a list": "ann@example.com,eve@example.com", "a comment": "ann(x)@example.com",
		"an IP literal": "ann@[127.0.0.1]", "an IP": "ann@127.0.0.1", "a hyphen first": "ann@-example.com", "a hyphen last": "ann@example-.com",
		"a hyphen first in the top": "ann@example.-com", "a hyphen last in the top": "ann@example.com-", "a dot at the end": "ann@example.com.",
		"an empty label": "ann@example..com", "an underscore": "ann@exa_mple.com", "another script": "ann@bücher.example", "invalid UTF-8": "ann\xff@example.com",
		"a long local part": strings.Repeat("a", 65) + "@example.com", "a long label": "ann@" + label + "a.com", "a long top": "ann@example." + label + "a",
		"255 bytes": strings.Repeat("a", 60) + "@" + strings.Repeat("abcdefghi.", 19) + "com1",
	} {
		if notify.ValidEmail(bad) {
			t.Errorf("%s (%q): got accepted, want refused", name, bad)
		}
	}
}

func TestValidPhone(t *testing.T) {
	for _, good := range []string{"+12065559934", "+2904123", "+442071838750", "+123456789012345"} {
		if !notify.ValidPhone(good) {
			t.Errorf("%s: got refused, want accepted", good)
		}
	}
	for _, bad := range []string{
		"", "+", "12065559934", "0012065559934", "+02065559934", "+123456", "+1234567890123456", "+1 206 555 9934", "+1-206-555-9934",
		"+1206555993a", "+12065559934\n", "++12065559934", "+١٢٣٤٥٦٧٨٩", " +12065559934",
	} {
		if notify.ValidPhone(bad) {
			t.Errorf("%q: got accepted, want refused", bad)
		}
	}
}

func FuzzValidEmail(f *testing.F) {
	f.Add("ann@example.com")
	f.Add("\"a\"@[1.2.3.4]")
	f.Add("a@b.c\r\nRCPT TO:<x@y.z>")
	f.Fuzz(func(t *testing.T, s string) {
		notify.MaskEmail(s)
		if !notify.ValidEmail(s) {
			return
		}
		if len(s) > 254 || strings.ContainsAny(s, " \t\r\n\x00<>\"(),:;[]\\") || strings.Count(s, "@") != 1 {
			t.Errorf("%q was accepted", s)
		}
		// Whatever we accept the standard library, laxer by far, accepts too.
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			t.Errorf("%q: net/mail reads %v, %v", s, a, err)
		}
	})
}

func FuzzValidPhone(f *testing.F) {
	f.Add("+12065559934")
	f.Add("+1\n")
	f.Fuzz(func(t *testing.T, s string) {
		masked := notify.MaskPhone(s)
		if !notify.ValidPhone(s) {
			return
		}
		if len(s) < 8 || len(s) > 16 || s[0] != '+' || strings.Trim(s[1:], "0123456789") != "" {
			t.Errorf("%q was accepted", s)
		}
		if len(masked) != len(s) || strings.Count(masked, "*") != len(s)-5 {
			t.Errorf("%q is masked as %q", s, masked)
		}
	})
}

func TestValidMailbox(t *testing.T) {
	for _, good := range []string{"ann@example.com", "Ann <ann@example.com>", `"Lee, Ann" <ann@example.com>`, "Zoë <zoe@example.com>", "<ann@example.com>"} {
		if !notify.ValidMailbox(good) {
			t.Errorf("%s: got refused, want accepted", good)
		}
	}
	for _, bad := range []string{
		"", "Ann", "Ann <ann>", "ann@example.com, eve@example.com", "Ann <ann@example.com>\r\nBcc: eve@example.com", "ann@localhost",
		"=?utf-8?q?a=0d=0aBcc:_eve@example.com?= <ann@example.com>",
	} {
		if notify.ValidMailbox(bad) {
			t.Errorf("%q: got accepted, want refused", bad)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got, want := notify.OneLine("a\r\nBcc: b\x00\u0085\u2028c\td é"), "a  Bcc: b   c d é"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
