package risk_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

func TestRecognise(t *testing.T) {
	e, err := risk.New(risk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	from := func(address, device string) *risk.Attempt {
		return &risk.Attempt{User: "ann", Time: at, Address: netip.MustParseAddr(address), Device: risk.Device{Key: device}}
	}
	var p risk.Profile
	expect := func(when, address, device string, wantDevice, wantPrefix bool) {
		t.Helper()
		gotDevice, gotPrefix := e.Recognise(from(address, device), &p)
		if gotDevice != wantDevice || gotPrefix != wantPrefix {
			t.Errorf("%s, %q at %s: got %v, %v, want %v, %v", when, device, address, gotDevice, gotPrefix, wantDevice, wantPrefix)
		}
	}
	expect("before anything", "198.51.100.7", "laptop", false, false)
	home := from("198.51.100.7", "laptop")
	e.Learn(home, &p, nil, risk.Success, risk.None)
	expect("after a sign-in", "198.51.100.7", "laptop", true, true)
	expect("after a sign-in", "198.51.100.99", "", false, true)
	expect("after a sign-in", "198.51.101.7", "laptop", true, false)
	expect("after a sign-in", "198.51.101.7", "phone", false, false)
	e.Learn(from("203.0.113.9", "curl"), &p, nil, risk.WrongPassword, risk.High)
	expect("after a wrong password", "203.0.113.9", "curl", false, false)
	e.Learn(from("2001:db8:7:1::9", "phone"), &p, nil, risk.Passed, risk.Medium)
	expect("after a passed challenge", "2001:db8:7:ffff::1", "", false, true)
	expect("after a passed challenge", "2001:db8:8::1", "phone", true, false)
	e.Feedback(home, &p, nil, risk.Invalid)
	expect("after it was disowned", "198.51.100.7", "laptop", false, false)
	at = at.AddDate(4, 0, 0)
	expect("after years", "2001:db8:7:1::9", "phone", false, false)
	if device, prefix := e.Recognise(home, nil); device || prefix {
		t.Error("nobody is recognised")
	}
}
