package token_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	poolID = "eu-west-1_Abc123xyz"
	issuer = "https://id.example.com/" + poolID
)

var (
	noon       = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	wantAccess = token.Expect{Issuer: issuer, Use: token.Access}
	wantID     = token.Expect{Issuer: issuer, Use: token.ID}
	apiScope   = []string{"aws.cognito.signin.user.admin"}
)

func grant() token.Grant {
	return token.Grant{
		Issuer:    issuer,
		ClientID:  "1example23456789abcdefghij",
		Subject:   "34c84488-e0e1-70ae-d2ee-991ad1a898c8",
		Username:  "ann",
		Groups:    []string{"admins", "staff"},
		EventID:   "event-1",
		OriginJTI: "origin-1",
		AuthTime:  noon.Add(-time.Minute),
		IssuedAt:  noon.Add(500 * time.Millisecond),
	}
}

func accessClaims() token.Claims {
	return grant().AccessClaims("jti-a", noon.Add(time.Hour), apiScope, "")
}

func idClaims() token.Claims {
	return grant().IDClaims("jti-i", noon.Add(time.Hour), map[string]any{
		"email": "ann@example.com", "email_verified": true, "custom:team": "blue",
	})
}

func sign(t testing.TB, key *token.Key, claims token.Claims) string {
	t.Helper()
	text, err := key.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAccessToken(t *testing.T) {
	key := testkeys.Key(0)
	text := sign(t, key, grant().AccessClaims("jti-a", noon.Add(time.Hour), []string{"openid", "email"}, "eu-west-1_device"))
	v, err := token.NewKeySet(key).Verify(text, noon, wantAccess)
	if err != nil {
		t.Fatal(err)
	}
	wantClaims(t, v, `{"auth_time":1795348740,"client_id":"1example23456789abcdefghij","cognito:groups":["admins","staff"],`+
		`"device_key":"eu-west-1_device","event_id":"event-1","exp":1795352400,"iat":1795348800,"iss":"https://id.example.com/eu-west-1_Abc123xyz",`+
		`"jti":"jti-a","origin_jti":"origin-1","scope":"openid email","sub":"34c84488-e0e1-70ae-d2ee-991ad1a898c8",`+
		`"token_use":"access","username":"ann","version":2}`)
	wantVerified(t, v, token.Verified{
		Subject: grant().Subject, Username: "ann", ClientID: grant().ClientID, Issuer: issuer, Use: token.Access,
		JTI: "jti-a", OriginJTI: "origin-1", EventID: "event-1", DeviceKey: "eu-west-1_device", Scopes: []string{"openid", "email"},
		IssuedAt: noon, AuthTime: noon.Add(-time.Minute), Expires: noon.Add(time.Hour),
	})
}

func TestIDToken(t *testing.T) {
	key := testkeys.Key(1)
	v, err := token.NewKeySet(key).Verify(sign(t, key, idClaims()), noon, wantID)
	if err != nil {
		t.Fatal(err)
	}
	wantClaims(t, v, `{"aud":"1example23456789abcdefghij","auth_time":1795348740,"cognito:groups":["admins","staff"],"cognito:username":"ann",`+
		`"custom:team":"blue","email":"ann@example.com","email_verified":true,"event_id":"event-1","exp":1795352400,"iat":1795348800,`+
		`"iss":"https://id.example.com/eu-west-1_Abc123xyz","jti":"jti-i","origin_jti":"origin-1",`+
		`"sub":"34c84488-e0e1-70ae-d2ee-991ad1a898c8","token_use":"id"}`)
	wantVerified(t, v, token.Verified{
		Subject: grant().Subject, Username: "ann", ClientID: grant().ClientID, Issuer: issuer, Use: token.ID,
		JTI: "jti-i", OriginJTI: "origin-1", EventID: "event-1", Scopes: []string{},
		IssuedAt: noon, AuthTime: noon.Add(-time.Minute), Expires: noon.Add(time.Hour),
	})
}

func TestClaims(t *testing.T) {
	t.Run("have neither jti nor origin_jti while revocation is off, and no empty groups", func(t *testing.T) {
		g := grant()
		g.OriginJTI, g.Groups, g.EventID = "", nil, ""
		for _, c := range []token.Claims{g.IDClaims("j", noon, nil), g.AccessClaims("j", noon, apiScope, "")} {
			for _, name := range []string{"jti", "origin_jti", "cognito:groups", "event_id", "device_key"} {
				if v, ok := c[name]; ok {
					t.Errorf("the %s token has %s %v", c["token_use"], name, v)
				}
			}
		}
	})

	t.Run("are not replaced by attributes of the same name", func(t *testing.T) {
		g := grant()
		want := g.IDClaims("j", noon, nil)
		bare := token.Grant{Issuer: issuer}
		wantBare := bare.IDClaims("j", noon, nil)
		attributes := map[string]any{"email": "kept@example.com", "nbf": "evil"}
		for name := range want {
			attributes[name] = "evil"
		}
		for name, c := range map[string][2]token.Claims{
			"full": {g.IDClaims("j", noon, attributes), want},
			"bare": {bare.IDClaims("j", noon, attributes), wantBare},
		} {
			got, want := c[0], c[1]
			if got["email"] != "kept@example.com" {
				t.Errorf("%s: email is %v", name, got["email"])
			}
			delete(got, "email")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	})

	t.Run("leave the caller's attributes alone", func(t *testing.T) {
		attributes := map[string]any{"jti": "mine"}
		grant().IDClaims("j", noon, attributes)
		if len(attributes) != 1 || attributes["jti"] != "mine" {
			t.Errorf("they are now %v", attributes)
		}
	})
}

func TestSign(t *testing.T) {
	key := testkeys.Key(0)

	t.Run("gives equal tokens for equal claims", func(t *testing.T) {
		if a, b := sign(t, key, idClaims()), sign(t, key, idClaims()); a != b {
			t.Errorf("got %s and %s", a, b)
		}
	})

	t.Run("carries any text there and back", func(t *testing.T) {
		keys := token.NewKeySet(key)
		rapid.Check(t, func(t *rapid.T) {
			attributes := rapid.MapOf(rapid.StringMatching(`custom:[a-z]{1,8}`), rapid.String()).Draw(t, "attributes")
			claims := grant().IDClaims("j", noon.Add(time.Hour), anyMap(attributes))
			text, err := key.Sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			v, err := keys.Verify(text, noon, wantID)
			if err != nil {
				t.Fatal(err)
			}
			got := v.Claims()
			for name, want := range attributes {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
			if len(got) != len(claims) {
				t.Errorf("the token has %d claims, want %d", len(got), len(claims))
			}
		})
	})

	t.Run("makes no token that Verify would find too long", func(t *testing.T) {
		keys := token.NewKeySet(key)
		claims := accessClaims()
		low, high := 0, token.MaxSize
		for low+1 < high {
			claims["filler"] = strings.Repeat("x", (low+high)/2)
			if _, err := key.Sign(claims); err == nil {
				low = (low + high) / 2
			} else {
				high = (low + high) / 2
			}
		}
		claims["filler"] = strings.Repeat("x", low)
		text := sign(t, key, claims)
		if len(text) < token.MaxSize-3 {
			t.Errorf("the longest token has %d bytes, want nearly %d", len(text), token.MaxSize)
		}
		if _, err := keys.Verify(text, noon, wantAccess); err != nil {
			t.Errorf("a token of %d bytes: %v", len(text), err)
		}
	})

	t.Run("refuses what is not JSON", func(t *testing.T) {
		for _, v := range []any{make(chan int), func() {}} {
			if text, err := key.Sign(token.Claims{"x": v}); err == nil {
				t.Errorf("%T: it signs %s", v, text)
			}
		}
	})
}

// The other path that a relying party takes: another library, and the keys from
// the documents that we publish.
func TestAnotherLibraryAccepts(t *testing.T) {
	id, access := testkeys.Key(0), testkeys.Key(1)
	var published jose.JSONWebKeySet
	if err := json.Unmarshal(token.NewKeySet(id, access).JWKS(), &published); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"id": sign(t, id, idClaims()), "access": sign(t, access, accessClaims())} {
		t.Run("the "+name+" token", func(t *testing.T) {
			parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			var registered jwt.Claims
			var all map[string]any
			if err := parsed.Claims(published, &registered, &all); err != nil {
				t.Fatal(err)
			}
			expected := jwt.Expected{Issuer: issuer, Subject: grant().Subject, Time: noon.Add(30 * time.Minute)}
			if err := registered.ValidateWithLeeway(expected, 0); err != nil {
				t.Error(err)
			}
			if all["token_use"] != name {
				t.Errorf("token_use is %v, want %s", all["token_use"], name)
			}
		})
	}
}

func TestKey(t *testing.T) {
	t.Run("a new one signs, and comes back from its bytes", func(t *testing.T) {
		key, err := token.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		back, err := token.ParseKey(key.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if a, b := sign(t, key, idClaims()), sign(t, back, idClaims()); a != b || key.ID != back.ID {
			t.Errorf("key %s signs %s; key %s, parsed, signs %s", key.ID, a, back.ID, b)
		}
	})

	t.Run("its id is the thumbprint that RFC 7638 defines", func(t *testing.T) {
		key := testkeys.Key(0)
		public := jose.JSONWebKey{Key: &privateKey(t, key).PublicKey}
		sum, err := public.Thumbprint(sha256Hash)
		if err != nil {
			t.Fatal(err)
		}
		if want := base64url(sum); key.ID != want {
			t.Errorf("ID = %s, want %s", key.ID, want)
		}
	})

	t.Run("is not read from other bytes", func(t *testing.T) {
		for name, der := range otherKeys(t) {
			if key, err := token.ParseKey(der); err == nil {
				t.Errorf("%s is read as key %s", name, key.ID)
			}
		}
	})

	t.Run("is never printed", func(t *testing.T) {
		key := testkeys.Key(0)
		d := privateKey(t, key).D
		holder := struct {
			Key    *token.Key
			Value  token.Key
			hidden token.Key
		}{key, *key, *key}
		for _, v := range []any{key, *key, holder, &holder} {
			var log strings.Builder
			slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "key", v)
			slog.New(slog.NewTextHandler(&log, nil)).Info("start", "key", v)
			text, err := json.Marshal(v)
			if err != nil {
				t.Error(err)
			}
			all := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v)
			if strings.Contains(all, d.String()) || strings.Contains(all, d.Text(16)) || strings.Contains(all, d.Text(10)[:40]) {
				t.Errorf("%T prints its private exponent: %s", v, all)
			}
		}
	})
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func wantClaims(t *testing.T, v token.Verified, want string) {
	t.Helper()
	got, err := json.Marshal(v.Claims())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("claims\ngot  %s\nwant %s", got, want)
	}
}

// wantVerified compares the exported members.
func wantVerified(t *testing.T, got, want token.Verified) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		field := g.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if a, b := g.Field(i).Interface(), w.Field(i).Interface(); !reflect.DeepEqual(a, b) {
			t.Errorf("%s = %v, want %v", field.Name, a, b)
		}
	}
}
