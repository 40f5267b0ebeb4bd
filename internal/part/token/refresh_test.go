package token_test

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

// newRing is the same ring for the same seed, in every process of a fuzz test.
// It is not for concurrent use.
func newRing(t testing.TB, seed byte) *seal.Ring {
	t.Helper()
	master, err := seal.ParseMaster("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{seed})
	key, err := master.NewDataKey(random, noon)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := master.Ring(random, []seal.WrappedKey{key})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestRefreshToken(t *testing.T) {
	ring := newRing(t, 1)
	refresh := token.Refresh{PoolID: poolID, FamilyID: "0b6f3c1e-0d3c-4f1f-9a55-2f0d6b0d7a11", Generation: 3}

	t.Run("carries its family and generation there and back", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			want := token.Refresh{
				PoolID:     rapid.String().Draw(t, "pool"),
				FamilyID:   rapid.StringN(1, 32, 128).Draw(t, "family"),
				Generation: rapid.Int64Min(0).Draw(t, "generation"),
			}
			text := token.SealRefresh(ring, want)
			got, err := token.OpenRefresh(ring, want.PoolID, text)
			if err != nil || got != want {
				t.Fatalf("OpenRefresh = %+v, %v; want %+v", got, err, want)
			}
		})
	})

	t.Run("looks as clients know it: five parts in their alphabet, a header of a JWE", func(t *testing.T) {
		text := token.SealRefresh(ring, refresh)
		if !regexp.MustCompile(`^[A-Za-z0-9\-_=.]+$`).MatchString(text) {
			t.Errorf("it has other characters: %s", text)
		}
		parts := strings.Split(text, ".")
		if len(parts) != 5 || slices.Contains(parts, "") {
			t.Errorf("its parts are %q, want five", parts)
		}
		if want := base64url([]byte(`{"cty":"JWT","enc":"XC20P","alg":"dir"}`)); parts[0] != want {
			t.Errorf("its header is %s, want %s", parts[0], want)
		}
	})

	t.Run("says nothing of what it carries, and is never the same twice", func(t *testing.T) {
		a, b := token.SealRefresh(ring, refresh), token.SealRefresh(ring, refresh)
		if a == b {
			t.Errorf("both are %s", a)
		}
		if strings.Contains(a, base64url([]byte(refresh.FamilyID))[:12]) {
			t.Errorf("the family can be read in %s", a)
		}
	})
}

func TestRefreshTokenIsRefused(t *testing.T) {
	ring := newRing(t, 1)
	text := token.SealRefresh(ring, token.Refresh{PoolID: poolID, FamilyID: "family", Generation: 1})
	parts := strings.Split(text, ".")
	short := strings.Split(token.SealRefresh(ring, token.Refresh{PoolID: poolID, FamilyID: "f"}), ".")
	with := func(i int, part string) string {
		p := slices.Clone(parts)
		p[i] = part
		return strings.Join(p, ".")
	}
	moved := with(2, parts[2]+parts[3][:4]) // 24 bytes and 3: both cuts fall between letters
	moved = strings.Replace(moved, "."+parts[3]+".", "."+parts[3][4:]+".", 1)

	for name, bent := range map[string]string{
		"empty":                            "",
		"a JWT":                            "a.b.c",
		"five empty parts":                 "....",
		"only its header":                  parts[0],
		"without its tag":                  strings.Join(parts[:4], "."),
		"with a sixth part":                text + ".",
		"under another header":             with(0, base64url([]byte(`{"alg":"none"}`))),
		"under no header":                  with(0, ""),
		"with the nonce of another":        with(2, short[2]),
		"with the text of another":         with(3, short[3]),
		"with the tag of another":          with(4, short[4]),
		"with no text":                     with(3, ""),
		"cut at other places":              moved,
		"with padding":                     text + "=",
		"with a line end":                  text + "\n",
		"with a line end within":           with(2, parts[2][:4]+"\n"+parts[2][4:]),
		"with a space":                     " " + text,
		"with letters of the other base64": with(2, "+"+parts[2][1:]),
		"longer than any":                  text + strings.Repeat("A", 4096),
		"many dots":                        strings.Repeat(".", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if bent == text {
				t.Fatal("this is the genuine token")
			}
			wantRefused(t, ring, poolID, bent)
		})
	}

	t.Run("by another pool", func(t *testing.T) { wantRefused(t, ring, poolID+"x", text) })
	t.Run("by another ring", func(t *testing.T) { wantRefused(t, newRing(t, 2), poolID, text) })
	t.Run("when any character of it changes", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			bent := []byte(text)
			i := rapid.IntRange(0, len(bent)-1).Draw(t, "at")
			bent[i] ^= rapid.ByteRange(1, 255).Draw(t, "by")
			wantRefused(t, ring, poolID, string(bent))
		})
	})
	t.Run("when the box was sealed for another use", func(t *testing.T) {
		box := ring.Seal("session", []byte("01234567family"), poolID)
		p := []string{parts[0], base64url(box[:9]), base64url(box[9:33]), base64url(box[33 : len(box)-16]), base64url(box[len(box)-16:])}
		wantRefused(t, ring, poolID, strings.Join(p, "."))
	})
	t.Run("is not made for a family that could not be found again", func(t *testing.T) {
		for _, r := range []token.Refresh{{}, {FamilyID: strings.Repeat("f", 129)}, {FamilyID: "f", Generation: -1}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("SealRefresh of %+v succeeds", r)
					}
				}()
				token.SealRefresh(ring, r)
			}()
		}
	})
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

func wantRefused(t failer, ring *seal.Ring, pool, text string) {
	t.Helper()
	if got, err := token.OpenRefresh(ring, pool, text); !errors.Is(err, token.ErrRefresh) || got != (token.Refresh{}) {
		t.Errorf("OpenRefresh = %+v, %v; want %v", got, err, token.ErrRefresh)
	}
}
