package token_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

func TestVerifyTellsTheTime(t *testing.T) {
	key := testkeys.Key(0)
	keys := token.NewKeySet(key)
	text := sign(t, key, accessClaims())
	end := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		at   time.Time
		want error
	}{
		"at once":                           {noon, nil},
		"on a node whose clock is behind":   {noon.Add(-time.Minute), nil},
		"a nanosecond before its end":       {end.Add(-1), nil},
		"at its end":                        {end, token.ErrExpired},
		"one second after its end":          {end.Add(time.Second), token.ErrExpired},
		"years after":                       {end.AddDate(50, 0, 0), token.ErrExpired},
		"at once, told in another location": {noon.In(time.FixedZone("", 7200)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := keys.Verify(text, c.at, wantAccess); !errors.Is(err, c.want) {
				t.Errorf("Verify = %v, want %v", err, c.want)
			}
		})
	}
	t.Run("not before its nbf", func(t *testing.T) {
		claims := accessClaims()
		claims["nbf"] = noon.Unix()
		text := sign(t, key, claims)
		if _, err := keys.Verify(text, noon.Add(-time.Second), wantAccess); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("a second early: %v, want %v", err, token.ErrInvalid)
		}
		if _, err := keys.Verify(text, noon, wantAccess); err != nil {
			t.Errorf("in time: %v", err)
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	ours, other := testkeys.Key(0), testkeys.Key(1)
	keys := token.NewKeySet(ours)
	claims := string(wire.Must(accessClaims()))
	change := func(name string, value any) string {
		c := accessClaims()
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return craft(t, ours, header(ours), string(wire.Must(c)))
	}
	public := &privateKey(t, ours).PublicKey
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	spkiPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	hs256 := strings.Replace(header(ours), "RS256", "HS256", 1)
	genuine := craft(t, ours, header(ours), claims)
	if _, err := keys.Verify(genuine, noon, wantAccess); err != nil {
		t.Fatalf("the genuine token that all others are made from: %v", err)
	}
	head, rest, _ := strings.Cut(genuine, ".")
	middle, signature, _ := strings.Cut(rest, ".")

	for name, text := range map[string]string{
		"alg none, unsigned":                base64url([]byte(`{"alg":"none"}`)) + "." + middle + ".",
		"alg none, with our kid":            base64url([]byte(strings.Replace(header(ours), "RS256", "none", 1))) + "." + middle + ".",
		"HS256 with our public key":         craftHMAC(hs256, claims, spki),
		"HS256 with our public key in PEM":  craftHMAC(hs256, claims, spkiPEM),
		"HS256 with our modulus":            craftHMAC(hs256, claims, public.N.Bytes()),
		"HS256 below our RS256 header":      craftHMAC(header(ours), claims, spki),
		"RS512 in the header":               craft(t, ours, strings.Replace(header(ours), "256", "512", 1), claims),
		"no kid":                            craft(t, ours, `{"alg":"RS256"}`, claims),
		"the kid of a key we do not know":   craft(t, other, header(other), claims),
		"our kid, another's signature":      craft(t, other, header(ours), claims),
		"a key of its own in the header":    craft(t, other, `{"kid":"`+ours.ID+`","alg":"RS256","jwk":{}}`, claims),
		"a header with a member more":       craft(t, ours, `{"kid":"`+ours.ID+`","alg":"RS256","crit":["b64"],"b64":false}`, claims),
		"no signature":                      head + "." + middle + ".",
		"two parts":                         head + "." + middle,
		"one part":                          head,
		"only our header and its dot":       head + ".",
		"nothing":                           "",
		"dots":                              "..",
		"four parts":                        genuine + ".",
		"five parts":                        head + "." + middle + "." + signature + "." + signature + "." + signature,
		"a line end after the signature":    genuine + "\n",
		"a line end within the signature":   head + "." + middle + "." + signature[:9] + "\n" + signature[9:],
		"padding after the signature":       genuine + "==",
		"bits after the signature":          genuine[:len(genuine)-1] + nextLetter(genuine[len(genuine)-1]),
		"a space before it":                 " " + genuine,
		"the word Bearer before it":         "Bearer " + genuine,
		"more than the limit":               genuine + strings.Repeat("A", token.MaxSize),
		"another issuer":                    change("iss", issuer+"x"),
		"the issuer with a slash":           change("iss", issuer+"/"),
		"the issuer in other letters":       change("iss", strings.ToUpper(issuer)),
		"no issuer":                         change("iss", nil),
		"an ID token for an access token":   change("token_use", "id"),
		"a use in other letters":            change("token_use", "Access"),
		"no use":                            change("token_use", nil),
		"no end":                            change("exp", nil),
		"an end at zero":                    change("exp", 0),
		"an end in negative time":           change("exp", -1),
		"an end that is text":               change("exp", "1795352400"),
		"an end with a fraction":            change("exp", 1795352400.5),
		"a subject that is a number":        change("sub", 7),
		"the use twice":                     craft(t, ours, header(ours), strings.Replace(claims, "{", `{"token_use":"access",`, 1)),
		"an unknown member twice":           craft(t, ours, header(ours), strings.Replace(claims, "{", `{"x":1,"x":2,`, 1)),
		"claims that are a list":            craft(t, ours, header(ours), "["+claims+"]"),
		"claims that are null":              craft(t, ours, header(ours), "null"),
		"claims that are empty":             craft(t, ours, header(ours), ""),
		"claims with something after them":  craft(t, ours, header(ours), claims+"{}"),
		"claims that are not UTF-8":         craft(t, ours, header(ours), strings.Replace(claims, "ann", "\xff", 1)),
		"an issuer in another letter case":  craft(t, ours, header(ours), strings.Replace(claims, `"iss"`, `"ISS"`, 1)),
		"expired, and of another issuer":    craft(t, ours, header(ours), strings.NewReplacer("1795352400", "1", issuer, "x").Replace(claims)),
		"expired, and signed by another":    craft(t, other, header(ours), strings.Replace(claims, "1795352400", "1", 1)),
		"an access token's claims unsigned": middle,
	} {
		t.Run(name, func(t *testing.T) {
			v, err := keys.Verify(text, noon, wantAccess)
			if !errors.Is(err, token.ErrInvalid) || errors.Is(err, token.ErrExpired) {
				t.Errorf("Verify = %v, want %v", err, token.ErrInvalid)
			}
			if v.Subject != "" || v.Claims() != nil {
				t.Errorf("the refused token still tells %+v", v)
			}
		})
	}

	t.Run("an access token for an ID token", func(t *testing.T) {
		if _, err := keys.Verify(genuine, noon, wantID); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("Verify = %v", err)
		}
	})
	t.Run("everything when nothing is expected", func(t *testing.T) {
		empty := craft(t, ours, header(ours), `{"iss":"","token_use":"","exp":1795352400}`)
		for _, want := range []token.Expect{{}, {Issuer: issuer}, {Use: token.Access}} {
			for _, text := range []string{genuine, empty} {
				if _, err := keys.Verify(text, noon, want); !errors.Is(err, token.ErrInvalid) {
					t.Errorf("Verify for %+v = %v", want, err)
				}
			}
		}
	})
	t.Run("everything when there are no keys", func(t *testing.T) {
		for _, none := range []token.KeySet{{}, token.NewKeySet()} {
			for _, text := range []string{genuine, "", "..", "a.b.c"} {
				if _, err := none.Verify(text, noon, wantAccess); !errors.Is(err, token.ErrInvalid) {
					t.Errorf("Verify of %q = %v", text, err)
				}
			}
		}
	})
	t.Run("a genuine token with any byte changed", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			bent := []byte(genuine)
			i := rapid.IntRange(0, len(bent)-1).Draw(t, "at")
			bent[i] ^= rapid.ByteRange(1, 255).Draw(t, "by")
			if _, err := keys.Verify(string(bent), noon, wantAccess); !errors.Is(err, token.ErrInvalid) {
				t.Fatalf("Verify = %v", err)
			}
		})
	})
}

// nextLetter differs from c in its lowest bit, which the last character of a
// signature does not use.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

func TestIssuer(t *testing.T) {
	key := testkeys.Key(0)
	for name, c := range map[string]struct{ text, want string }{
		"is told of a genuine token":       {sign(t, key, accessClaims()), issuer},
		"is told of a forged one too":      {"x." + base64url([]byte(`{"iss":"https://evil.example"}`)) + ".x", "https://evil.example"},
		"is empty where there is none":     {"x." + base64url([]byte(`{}`)) + ".x", ""},
		"is empty for a number":            {"x." + base64url([]byte(`{"iss":1}`)) + ".x", ""},
		"is empty where it stands twice":   {"x." + base64url([]byte(`{"iss":"a","iss":"b"}`)) + ".x", ""},
		"is empty for what is not base64":  {"x.*.x", ""},
		"is empty for one part":            {"x", ""},
		"is empty for nothing":             {"", ""},
		"is empty for deep nesting":        {"x." + base64url([]byte(`{"iss":"a","x":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+"}")) + ".x", ""},
		"is empty for more than the limit": {sign(t, key, accessClaims()) + strings.Repeat("A", token.MaxSize), ""},
		"is empty for claims in a list":    {"x." + base64url([]byte(`["iss"]`)) + ".x", ""},
		"is empty for an unreadable end":   {"x." + base64url([]byte(`{"iss":"a"`)) + ".x", ""},
		"is empty for a refresh token":     {token.SealRefresh(newRing(t, 1), token.Refresh{PoolID: poolID, FamilyID: "f"}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := token.Issuer(c.text); got != c.want {
				t.Errorf("Issuer = %q, want %q", got, c.want)
			}
		})
	}
}
