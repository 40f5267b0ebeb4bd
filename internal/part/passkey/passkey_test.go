package passkey_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey"
	"github.com/gatehouse-id/gatehouse/internal/part/passkey/passkeytest"
)

var (
	example = passkey.RelyingParty{ID: "example.com"}
	ann     = passkey.User{Handle: "8b7c1a1e-0000-4000-8000-000000000001", Name: "ann", DisplayName: "Ann"}
	first   = bytes.Repeat([]byte{1}, 32)
	second  = bytes.Repeat([]byte{2}, 32)
)

func device() *passkeytest.Authenticator {
	return &passkeytest.Authenticator{Origin: "https://example.com", Verifies: true}
}

// register makes a credential and verifies it.
func register(t testing.TB, a *passkeytest.Authenticator, rp passkey.RelyingParty) (*model.Passkey, error) {
	t.Helper()
	answer, err := a.Create(rp.Creation(ann, first, nil))
	if err != nil {
		t.Fatal(err)
	}
	r, err := passkey.ParseRegistration(answer)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(r.Challenge, first) {
		t.Errorf("the registration answers the challenge %x, want %x", r.Challenge, first)
	}
	k, err := r.Verify(rp, ann.Handle, first)
	if k != nil {
		k.Sub = ann.Handle
	}
	return k, err
}

func registered(t testing.TB, a *passkeytest.Authenticator) *model.Passkey {
	t.Helper()
	k, err := register(t, a, example)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// assert signs a challenge and verifies that.
func assert(t testing.TB, a *passkeytest.Authenticator, rp passkey.RelyingParty, k *model.Passkey, challenge []byte) (passkey.Proof, error) {
	t.Helper()
	answer, err := a.Get(rp.Request(second, []*model.Passkey{k}, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s, err := passkey.ParseAssertion(answer)
	if err != nil {
		return passkey.Proof{}, err
	}
	if s.CredentialID != k.ID {
		t.Errorf("the assertion names %s, want %s", s.CredentialID, k.ID)
	}
	return s.Verify(rp, k, challenge)
}

func TestEveryAlgorithmRegistersAndSigns(t *testing.T) {
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		a := device()
		a.Algorithm = alg
		k := registered(t, a)
		if k.RelyingParty != "example.com" || k.Attachment != "platform" || strings.Join(k.Transports, " ") != "hybrid internal" || k.Name != "Platform passkey" {
			t.Errorf("%d: got %+v", alg, k)
		}
		p, err := assert(t, a, example, k, second)
		if err != nil || !p.Verified || p.SignCount != 1 || p.Cloned {
			t.Errorf("%d: got %+v, %v", alg, p, err)
		}
	}
}

func TestAnAlgorithmThatWasNotAskedForIsRefused(t *testing.T) {
	a := device()
	a.Algorithm = webauthncose.AlgES384
	if _, err := register(t, a, example); !errors.Is(err, passkey.ErrUnsupported) {
		t.Errorf("got %v, want %v", err, passkey.ErrUnsupported)
	}
}

// TestWhatDoesNotHold turns each thing that a relying party must check.
func TestWhatDoesNotHold(t *testing.T) {
	required := passkey.RelyingParty{ID: "example.com", Verify: true}
	for name, c := range map[string]struct {
		turn func(*passkeytest.Authenticator)
		rp   passkey.RelyingParty
		want error
	}{
		"another page":             {func(a *passkeytest.Authenticator) { a.Origin = "https://example.com.evil.org" }, example, passkey.ErrOrigin},
		"inside another page":      {func(a *passkeytest.Authenticator) { a.CrossOrigin = true }, example, passkey.ErrOrigin},
		"without https":            {func(a *passkeytest.Authenticator) { a.Origin = "http://example.com" }, example, passkey.ErrOrigin},
		"another relying party":    {func(a *passkeytest.Authenticator) { a.RelyingParty = "evil.org" }, example, passkey.ErrRelyingParty},
		"the other ceremony":       {func(a *passkeytest.Authenticator) { a.Type = "payment.get" }, example, passkey.ErrInvalid},
		"a user who is not proved": {func(a *passkeytest.Authenticator) { a.Verifies = false }, required, passkey.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			a := device()
			c.turn(a)
			if k, err := register(t, a, c.rp); !errors.Is(err, c.want) || !passkey.IsRefusal(err) || k != nil {
				t.Errorf("registration: got %v, %v, want %v", k, err, c.want)
			}
			a = device()
			k := registered(t, a)
			c.turn(a)
			if p, err := assert(t, a, c.rp, k, second); !errors.Is(err, c.want) || !passkey.IsRefusal(err) || p.Verified {
				t.Errorf("assertion: got %+v, %v, want %v", p, err, c.want)
			}
		})
	}
}

func TestAnotherChallengeIsRefused(t *testing.T) {
	a := device()
	k := registered(t, a)
	if _, err := assert(t, a, example, k, first); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("assertion: got %v", err)
	}
	answer, err := a.Create(example.Creation(ann, first, nil))
	if err != nil {
		t.Fatal(err)
	}
	r, err := passkey.ParseRegistration(answer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Verify(example, ann.Handle, second); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("registration: got %v", err)
	}
}

func TestASignatureOfAnotherKeyIsRefused(t *testing.T) {
	a, b := device(), device()
	k, other := registered(t, a), registered(t, b)
	k.PublicKey = other.PublicKey
	if _, err := assert(t, a, example, k, second); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("another key: got %v", err)
	}
	k = registered(t, a)
	k.Sub = "somebody else"
	if _, err := assert(t, a, example, k, second); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("another user: got %v", err)
	}
	k = registered(t, a)
	k.RelyingParty = "old.example.com"
	if _, err := assert(t, a, example, k, second); !errors.Is(err, passkey.ErrRelyingParty) {
		t.Errorf("a pool that moved: got %v", err)
	}
}

func TestACounterThatDoesNotGrowTellsOfACopy(t *testing.T) {
	a := device()
	k := registered(t, a)
	for want := int64(1); want <= 3; want++ {
		p, err := assert(t, a, example, k, second)
		if err != nil || p.SignCount != want || p.Cloned {
			t.Fatalf("got %+v, %v, want the count %d", p, err, want)
		}
		k.SignCount = p.SignCount
	}
	a.Rewind()
	if p, err := assert(t, a, example, k, second); err != nil || !p.Cloned {
		t.Errorf("a copy: got %+v, %v", p, err)
	}
	synced := device()
	synced.Synced = true
	k = registered(t, synced)
	for range 2 {
		if p, err := assert(t, synced, example, k, second); err != nil || p.Cloned || p.SignCount != 0 {
			t.Errorf("one that does not count: got %+v, %v", p, err)
		}
	}
}

func TestBackupEligibilityNeverChanges(t *testing.T) {
	a := device()
	k := registered(t, a)
	a.Synced = true
	if _, err := assert(t, a, example, k, second); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestOrigins(t *testing.T) {
	hash := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct {
		party, origin string
		want          bool
	}{
		{"example.com", "https://example.com", true},
		{"example.com", "https://example.com:8443", true},
		{"example.com", "https://login.example.com", true},
		{"example.com", "https://a.b.example.com", true},
		{"example.com", "android:apk-key-hash:" + hash, true},
		{"localhost", "http://localhost:3000", true},
		{"localhost", "http://localhost", true},
		{"localhost", "https://localhost", true},
		{"localhost", "http://app.localhost:3000", true},
		{"example.com", "http://example.com", false},
		{"example.com", "http://localhost", false},
		{"example.com", "https://badexample.com", false},
		{"example.com", "https://example.com.", false},
		{"example.com", "https://EXAMPLE.com", false},
		{"example.com", "https://example.org", false},
		{"login.example.com", "https://example.com", false},
		{"example.com", "https://user@example.com", false},
		{"example.com", "https://example.com/", false},
		{"example.com", "https://example.com?a", false},
		{"example.com", "https://evil.org#.example.com", false},
		{"example.com", "https://evil.org\\.example.com", false},
		{"example.com", "android:apk-key-hash:", false},
		{"example.com", "android:apk-key-hash:" + hash + "AA", false},
		{"example.com", "ios:bundle-id:com.example", false},
		{"example.com", "file://example.com", false},
		{"example.com", "example.com", false},
		{"example.com", "", false},
		{"localhost", "http://localhost.evil.org", false},
		{"localhost", "ws://localhost", false},
	} {
		a := device()
		a.Origin = c.origin
		_, err := register(t, a, passkey.RelyingParty{ID: c.party})
		if c.want && err != nil || !c.want && !errors.Is(err, passkey.ErrOrigin) {
			t.Errorf("%s at %s: got %v, want it allowed: %v", c.party, c.origin, err, c.want)
		}
	}
}

func TestDomains(t *testing.T) {
	for id, want := range map[string]bool{
		"example.com": true, "localhost": true, "a-1.example.co.uk": true, "xn--bcher-kva.example": true,
		"": false, "com": false, "https://example.com": false, "example.com:443": false, "Example.com": false, "example.com.": false,
		".example.com": false, "-a.example.com": false, "a-.example.com": false, "192.0.2.1": false, "1.2.3": false, "::1": false,
		"exa mple.com": false, "bücher.example": false, strings.Repeat("a", 64) + ".com": false, strings.Repeat("a.", 130) + "com": false,
	} {
		if got := passkey.ValidDomain(id); got != want {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		aaguid     [16]byte
		attachment string
		want       string
	}{
		{[16]byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}, "platform", "iCloud Keychain"},
		{[16]byte{}, "platform", "Platform passkey"},
		{[16]byte{}, "cross-platform", "Roaming passkey"},
		{[16]byte{1}, "another", "Passkey"},
	} {
		a := device()
		a.AAGUID, a.Attachment = c.aaguid, c.attachment
		if got := registered(t, a).Name; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestOptionsHaveTheFormOfTheBrowser: what parseCreationOptionsFromJSON and
// parseRequestOptionsFromJSON read.
func TestOptionsHaveTheFormOfTheBrowser(t *testing.T) {
	has := []*model.Passkey{{ID: "AQ", Transports: []string{"internal"}}}
	for got, want := range map[string]string{
		string(example.Creation(ann, first, has)): `{"rp":{"id":"example.com","name":"example.com"},` +
			`"user":{"id":"OGI3YzFhMWUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx","name":"ann","displayName":"Ann"},` +
			`"challenge":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",` +
			`"pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8},{"type":"public-key","alg":-257}],` +
			`"timeout":60000,"excludeCredentials":[{"type":"public-key","id":"AQ","transports":["internal"]}],` +
			`"authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"userVerification":"preferred"},"attestation":"none"}`,
		string(passkey.RelyingParty{ID: "example.com", Verify: true}.Request(second, nil, time.Minute)): `{"challenge":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",` +
			`"timeout":60000,"rpId":"example.com","allowCredentials":[],"userVerification":"required"}`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	a := device()
	answer, err := a.Create(example.Creation(ann, first, nil))
	if err != nil {
		t.Fatal(err)
	}
	long := base64.RawURLEncoding.EncodeToString(make([]byte, model.MaxCredentialID+1))
	var made map[string]any
	if err := wire.Read(answer, &made); err != nil {
		t.Fatal(err)
	}
	made["id"], made["rawId"] = long, long
	made["response"] = map[string]any{
		"clientDataJSON": made["response"].(map[string]any)["clientDataJSON"], "signature": "AA",
		"authenticatorData": base64.RawURLEncoding.EncodeToString(make([]byte, 37)),
	}
	if _, err := passkey.ParseAssertion(wire.Must(made)); !errors.Is(err, passkey.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func FuzzRegistration(f *testing.F) {
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		a := device()
		a.Algorithm = alg
		answer, err := a.Create(example.Creation(ann, first, nil))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := passkey.ParseRegistration(document)
		if err != nil {
			return
		}
		k, err := r.Verify(example, ann.Handle, first)
		if (k == nil) != (err != nil) {
			t.Fatalf("got %v with %v", k, err)
		}
		if k != nil && (len(k.PublicKey) > model.MaxCredentialKey || k.ID == "" || k.RelyingParty != example.ID) {
			t.Errorf("accepted %+v", k)
		}
	})
}

// FuzzAssertion: whatever is sent, nothing but the signature of the registered key is proof.
func FuzzAssertion(f *testing.F) {
	a := device()
	k := registered(f, a)
	answer, err := a.Get(example.Request(first, nil, time.Minute))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(answer)
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := passkey.ParseAssertion(document)
		if err != nil {
			return
		}
		if _, err := s.Verify(example, k, second); err == nil { // it answers another challenge
			t.Errorf("accepted %s", document)
		}
	})
}
