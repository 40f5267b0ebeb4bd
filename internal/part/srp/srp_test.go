package srp

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

func TestBothSidesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "salt")
		if rapid.Bool().Draw(t, "awkward salt") {
			salt = append(rapid.SampledFrom([][]byte{{0}, {0, 0}, {0x80}, {0xff}, {0, 0x80}, {0x0f}}).Draw(t, "head"), salt...)
		}
		// A device proves itself as a user does, with its group's key for the pool's
		// name and its own for the user's.
		pool := rapid.StringMatching(`[0-9a-zA-Z]{1,55}|-[0-9a-f]{10}`).Draw(t, "pool or device group")
		user := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{2}-[a-z]{4}-[1-9]_[0-9a-f-]{36}`)).Draw(t, "user or device")
		password := rapid.String().Draw(t, "password")
		guess := rapid.OneOf(rapid.Just(password), rapid.String()).Draw(t, "guess")
		random := bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "a and b"))

		client, err := NewClient(random, pool)
		if err != nil {
			t.Fatal(err)
		}
		computed := Compute(salt, pool, user, password)
		v, err := ParseVerifier(rapid.SampledFrom([][]byte{computed, pad(computed)}).Draw(t, "verifier as a client writes it"))
		if err != nil || !v.Equal(computed) {
			t.Fatalf("the verifier is read as another: %v", err)
		}
		challenge, err := NewChallenge(random, v)
		if err != nil {
			t.Fatal(err)
		}
		block := []byte("sealed")
		answer, err := client.Answer(map[string]string{
			"SALT":  rapid.SampledFrom(spellings(salt)).Draw(t, "SALT"),
			"SRP_B": challenge.B, "USER_ID_FOR_SRP": user,
			"SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		}, guess, time.Unix(1793678706, 0))
		if err != nil {
			t.Fatal(err)
		}
		key, err := SessionKey(v, challenge.Secret, rapid.SampledFrom(spellings(client.public.Bytes())).Draw(t, "SRP_A"))
		if err != nil {
			t.Fatal(err)
		}
		want := Signature(key, pool, user, block, answer["TIMESTAMP"])
		got, err := base64.StdEncoding.DecodeString(answer["PASSWORD_CLAIM_SIGNATURE"])
		if err != nil {
			t.Fatal(err)
		}
		if hmac.Equal(got, want) != (guess == password) {
			t.Fatalf("password %q, guess %q: signatures equal: %v", password, guess, hmac.Equal(got, want))
		}
	})
}

// spellings are the ways clients write one number in hex.
func spellings(n []byte) []string {
	full := hex.EncodeToString(n)
	minimal := new(big.Int).SetBytes(n).Text(16)
	return []string{full, strings.ToUpper(full), minimal, hex.EncodeToString(pad(n))}
}

func TestNewSalt(t *testing.T) {
	t.Run("every reading of its hex gives the same bytes", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			random := rapid.SliceOfN(rapid.Byte(), SaltBytes, SaltBytes).Draw(t, "random")
			salt, err := NewSalt(bytes.NewReader(random))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range spellings(salt) {
				if strings.ToLower(s) != hex.EncodeToString(salt) || len(s) != 2*SaltBytes {
					t.Fatalf("salt %x is also spelt %s", salt, s)
				}
			}
			if !bytes.Equal(salt[1:], random[1:]) {
				t.Fatalf("salt %x does not come from %x", salt, random)
			}
		})
	})
	t.Run("a source that ends early is an error", func(t *testing.T) {
		if _, err := NewSalt(strings.NewReader("short")); err == nil {
			t.Error("got a salt of 5 random bytes")
		}
	})
}

func TestUnacceptableNumbersOfTheClientAreRefused(t *testing.T) {
	v := Compute([]byte("salt"), "pool", "user", "password")
	secret := bytes.Repeat([]byte{7}, SecretBytes)
	n := bigPrime
	for name, a := range map[string]string{
		"nothing":                "",
		"zero":                   "0",
		"many zeros":             strings.Repeat("0", 768),
		"N":                      n.Text(16),
		"N + 1":                  new(big.Int).Add(n, big.NewInt(1)).Text(16),
		"2N":                     new(big.Int).Lsh(n, 1).Text(16),
		"3N":                     new(big.Int).Mul(n, big.NewInt(3)).Text(16),
		"no hex":                 "xyz",
		"a prefix":               "0x02",
		"a sign":                 "-2",
		"a space":                " 2",
		"an underscore":          "1_0",
		"a digit beyond ASCII":   "١٢",
		"one digit too many":     strings.Repeat("0", 770) + "2",
		"a megabyte":             strings.Repeat("f", 1<<20),
		"a full row of f":        strings.Repeat("f", 768),
		"a null byte":            "2\x00",
		"a line feed at the end": "02\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := ParseA(a); !fault.Has(err, fault.InvalidParameter) {
				t.Errorf("ParseA: got %v, want InvalidParameterException", err)
			}
			if key, err := SessionKey(v, secret, a); key != nil || !fault.Has(err, fault.InvalidParameter) {
				t.Errorf("SessionKey: got %x, %v, want InvalidParameterException", key, err)
			}
		})
	}
	for name, a := range map[string]string{
		"1":                     "1",
		"N - 1":                 new(big.Int).Sub(n, big.NewInt(1)).Text(16),
		"upper case":            "ABCDEF",
		"an odd length":         "abc",
		"with Java's sign byte": "00" + strings.Repeat("e", 768),
	} {
		if err := ParseA(a); err != nil {
			t.Errorf("%s is a legal A: %v", name, err)
		}
	}
}

func TestOurOwnMistakesAreErrorsAndNotFaults(t *testing.T) {
	good := Compute([]byte("salt"), "pool", "user", "password")
	secret := make([]byte, SecretBytes)
	for name, v := range map[string]Verifier{
		"none": nil, "short": good[1:], "long": append(Verifier{0}, good...),
		"zero": make(Verifier, elementBytes), "N": bigPrime.Bytes(),
	} {
		if _, err := NewChallenge(rand.Reader, v); err == nil || fault.Has(err, fault.InvalidParameter) {
			t.Errorf("NewChallenge with the verifier %s: %v", name, err)
		}
		if _, err := SessionKey(v, secret, "2"); err == nil || fault.Has(err, fault.InvalidParameter) {
			t.Errorf("SessionKey with the verifier %s: %v", name, err)
		}
	}
	if _, err := SessionKey(good, secret[1:], "2"); err == nil || fault.Has(err, fault.InvalidParameter) {
		t.Errorf("SessionKey with a short secret: %v", err)
	}
	if _, err := NewChallenge(strings.NewReader("short"), good); err == nil {
		t.Error("NewChallenge drew b from 5 random bytes")
	}
}

func TestVerifier(t *testing.T) {
	v := Compute([]byte("salt"), "pool", "user", "password")
	for name, w := range map[string]Verifier{
		"another salt":     Compute([]byte("salu"), "pool", "user", "password"),
		"another pool":     Compute([]byte("salt"), "pooL", "user", "password"),
		"another user":     Compute([]byte("salt"), "pool", "User", "password"),
		"another password": Compute([]byte("salt"), "pool", "user", "passworD"),
		"no verifier":      nil,
	} {
		if v.Equal(w) {
			t.Errorf("equal in spite of %s", name)
		}
	}
	if !v.Equal(Compute([]byte("salt"), "pool", "user", "password")) {
		t.Error("the same password gives the same verifier")
	}
	if v.Equal(Compute([]byte("salt"), "pool", "user", "p\u0061\u0308ssword")) ||
		Compute(nil, "", "", "\u00e4").Equal(Compute(nil, "", "", "a\u0308")) {
		t.Error("passwords are not normalised: clients hash raw UTF-8")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	challenge := Challenge{Secret: bytes.Repeat([]byte{0xab}, SecretBytes)}
	v := Verifier(bytes.Repeat([]byte{0xab}, elementBytes))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, secret := range []any{v, challenge.Secret, challenge, &challenge} {
			text := fmt.Sprintf(verb, secret)
			if strings.Contains(strings.ToLower(text), "abab") || strings.Contains(text, "171") {
				t.Errorf("%s of %T shows the secret: %.60s", verb, secret, text)
			}
		}
	}
	for _, secret := range []any{v, challenge} {
		if out, err := json.Marshal(secret); err == nil {
			t.Errorf("%T became JSON: %.60s", secret, out)
		}
	}
}

func TestPadIsJavas(t *testing.T) {
	for in, want := range map[string]string{
		"": "00", "00": "00", "0000": "00", "01": "01", "7f": "7f", "80": "0080", "ff": "00ff",
		"0080": "0080", "000001": "01", "00ff00": "00ff00", "0123": "0123",
	} {
		raw, _ := hex.DecodeString(in)
		same(t, "pad of "+in, hex.EncodeToString(pad(raw)), want)
		same(t, "the argument of pad", hex.EncodeToString(raw), in)
	}
}

func TestTheClientRefusesADishonestServer(t *testing.T) {
	client, err := NewClient(rand.Reader, "pool")
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"SALT": "40", "SRP_B": "2", "SECRET_BLOCK": "AA==", "USER_ID_FOR_SRP": "ann"}
	if _, err := client.Answer(good, "password", time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][2]string{
		"B of zero": {"SRP_B", "0"}, "B of N": {"SRP_B", primeHex}, "no B": {"SRP_B", ""}, "B not hex": {"SRP_B", "?"},
		"no salt": {"SALT", ""}, "salt not hex": {"SALT", "?"}, "block not base64": {"SECRET_BLOCK", "?"},
	} {
		params := map[string]string{bad[0]: bad[1]}
		for k, v := range good {
			if _, ok := params[k]; !ok {
				params[k] = v
			}
		}
		if answer, err := client.Answer(params, "password", time.Now()); err == nil {
			t.Errorf("%s was answered: %v", name, answer)
		}
	}
}
