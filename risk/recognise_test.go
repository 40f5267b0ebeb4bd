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

// A device that was given out in a sign-in is known from then on as if it had come
// with it, and nothing else counts twice.
func TestIntroduce(t *testing.T) {
	e, err := risk.New(risk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	home := func(device string) *risk.Attempt {
		return &risk.Attempt{User: "ann", Time: at, Address: netip.MustParseAddr("198.51.100.7"), Device: risk.Device{Key: device}}
	}
	var p risk.Profile
	for range 5 {
		e.Learn(home(""), &p, nil, risk.Success, risk.None)
		at = at.AddDate(0, 0, 1)
	}
	before := p
	e.Introduce(home("phone"), &p, risk.Success, risk.None)
	if known, _ := e.Recognise(home("phone"), &p); !known {
		t.Error("the device is not known")
	}
	if p.Since() != before.Since() || p.Empty() {
		t.Error("the sign-in counts twice")
	}
	proven := home("phone")
	proven.Device.Trust = risk.Remembered
	proven.Address = netip.MustParseAddr("203.0.113.9")
	without := home("")
	without.Address = proven.Address
	if with, bare := e.Assess(proven, &p, nil), e.Assess(without, &p, nil); with.Score >= bare.Score {
		t.Errorf("elsewhere: score %v with the device that proved itself, %v without", with.Score, bare.Score)
	}

	t.Run("what teaches nothing introduces nothing", func(t *testing.T) {
		for _, o := range []risk.Outcome{risk.WrongPassword, risk.MFAFailed, risk.Abandoned, risk.Blocked} {
			e.Introduce(home("other"), &p, o, risk.None)
		}
		e.Introduce(home(""), &p, risk.Success, risk.None)
		if known, _ := e.Recognise(home("other"), &p); known {
			t.Error("a device is known from a sign-in that failed")
		}
	})

	t.Run("a device from a sign-in that looked risky, from where the user never was, is doubted", func(t *testing.T) {
		foreign := home("thief")
		foreign.Address = netip.MustParseAddr("203.0.113.77")
		q := before
		e.Learn(foreign, &q, nil, risk.Success, risk.Medium)
		e.Introduce(foreign, &q, risk.Success, risk.Medium)
		if known, _ := e.Recognise(foreign, &q); known {
			t.Error("it is known")
		}
	})
}
