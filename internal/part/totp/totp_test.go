package totp_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/totp"
)

// rfc is the secret of RFC 6238, appendix B, for SHA-1.
var rfc = totp.Secret("12345678901234567890")

// vectors are those of RFC 6238 for SHA-1, their last six digits.
var vectors = []struct {
	at   int64
	code string
}{
	{59, "287082"},
	{1111111109, "081804"},
	{1111111111, "050471"},
	{1234567890, "005924"},
	{2000000000, "279037"},
	{20000000000, "353130"},
}

func check(t testing.TB, s totp.Secret, code string, at time.Time, last int64) (totp.Verdict, int64) {
	t.Helper()
	v, step, err := totp.Check(s, code, at, last)
	if err != nil {
		t.Fatal(err)
	}
	return v, step
}

func TestVectorsOfTheRFC(t *testing.T) {
	for _, v := range vectors {
		got, step := check(t, rfc, v.code, time.Unix(v.at, 0), 0)
		if got != totp.Right || step != v.at/30 {
			t.Errorf("at %d: got verdict %d of step %d, want %d of step %d", v.at, got, step, totp.Right, v.at/30)
		}
	}
}

func TestTheWindow(t *testing.T) {
	const code = "005924" // of step 41152263
	begins := time.Unix(41152263*30, 0)
	for after, want := range map[time.Duration]totp.Verdict{
		-30*time.Second - time.Nanosecond: totp.Wrong, // two steps early
		-30 * time.Second:                 totp.Right,
		-time.Nanosecond:                  totp.Right,
		0:                                 totp.Right,
		60*time.Second - time.Nanosecond:  totp.Right,
		60 * time.Second:                  totp.Wrong, // two steps late
	} {
		if got, _ := check(t, rfc, code, begins.Add(after), 0); got != want {
			t.Errorf("%v after its step begins: got verdict %d, want %d", after, got, want)
		}
	}
}

func TestWhatIsNoCode(t *testing.T) {
	at := time.Unix(1234567890, 0)
	for _, code := range []string{"", "5924", "05924", "0005924", "005924 ", " 005924", "００５９２４", "005925", "\x00\x00\x00\x00\x00\x00", strings.Repeat("0", 1<<20)} {
		if got, step := check(t, rfc, code, at, 0); got != totp.Wrong || step != 0 {
			t.Errorf("%.20q: got verdict %d of step %d, want wrong", code, got, step)
		}
	}
}

// Two steps of one window may by chance have the same code. Accepted once, it
// must not be good for the other.
func TestACodeOfTwoStepsIsGoodOnce(t *testing.T) {
	const code, older = "911617", 910737 // and of the step after it: found by search
	at := time.Unix(older*30, 0)
	got, accepted := check(t, rfc, code, at, 0)
	if got != totp.Right || accepted != older+1 {
		t.Fatalf("got verdict %d of step %d, want right of the newer step %d", got, accepted, older+1)
	}
	if again, _ := check(t, rfc, code, at, accepted); again != totp.Used {
		t.Errorf("again: got verdict %d, want used", again)
	}
}

// A code is right within one step of its own, and no code is right twice,
// whatever is tried in whatever order: held against a plain model.
func TestEveryStepIsGoodOnceAndForwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := totp.Secret(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "secret"))
		now := rapid.Int64Range(100, 1<<40).Draw(t, "now")
		last := int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "tries") {
			now += rapid.Int64Range(-40, 90).Draw(t, "pause")
			now = max(now, 100)
			present := now / 30
			of := max(present+rapid.Int64Range(-4, 4).Draw(t, "offset"), 0)
			code, err := hotp.GenerateCode(s.Reveal(), uint64(of))
			if err != nil {
				t.Fatal(err)
			}
			var want totp.Verdict
			var step int64
			for near := max(present-1, 0); near <= present+1; near++ {
				if other, _ := hotp.GenerateCode(s.Reveal(), uint64(near)); other != code {
					continue
				}
				if near > last {
					want, step = totp.Right, near
				} else if want == totp.Wrong {
					want = totp.Used
				}
			}
			got, at, err := totp.Check(s, code, time.Unix(now, 0), last)
			if err != nil || got != want || at != step {
				t.Fatalf("at %d, of step %d, last %d: got %d of step %d (%v), want %d of step %d", now, of, last, got, at, err, want, step)
			}
			if got == totp.Right {
				if at <= last {
					t.Fatalf("step %d after step %d", at, last)
				}
				last = at
			}
		}
	})
}

func TestASecret(t *testing.T) {
	s, err := totp.NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(s) != 20 {
		t.Errorf("a secret has %d bytes, want 20", len(s))
	}
	if got := s.Reveal(); len(got) != 32 || strings.Trim(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("a secret is written %q, want 32 letters and digits of base32", got)
	}
	// The spelling is what an app reads.
	key, err := otp.NewKeyFromURL("otpauth://totp/pool:ann?secret=" + s.Reveal())
	if err != nil || key.Secret() != s.Reveal() {
		t.Errorf("an app reads %v, %v", key, err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s)
	for _, printed := range []string{fmt.Sprintf("%v %s %x %d %+v %#v", s, s, s, s, s, s), fmt.Sprint(struct{ S totp.Secret }{s}), log.String()} {
		if strings.Contains(printed, s.Reveal()) || strings.Contains(printed, fmt.Sprintf("%x", []byte(s))) || !strings.Contains(printed, "[redacted]") {
			t.Errorf("it prints as %s", printed)
		}
	}
	if _, err := totp.NewSecret(bytes.NewReader(s[:19])); err == nil {
		t.Error("a source of randomness that ends gave a secret")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("005924", int64(1234567890), int64(0))
	f.Add("", int64(-5), int64(1<<62))
	f.Fuzz(func(t *testing.T, code string, at, last int64) {
		v, step, err := totp.Check(rfc, code, time.Unix(at, 0), last)
		if err != nil {
			t.Fatal(err)
		}
		if right := v == totp.Right; right && step <= last || !right && step != 0 {
			t.Errorf("verdict %d of step %d after %d", v, step, last)
		}
	})
}
