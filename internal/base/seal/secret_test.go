package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

func TestNothingSecretIsPrinted(t *testing.T) {
	const word = "hunter2hunter2"
	m := newMaster(t, 'K') // its raw bytes print as KKKK
	ring := newRing(t, m, newDataKey(t, m, 1, noon))
	secret := seal.NewSecret(word)
	config := struct {
		Password seal.Secret
		hidden   seal.Secret // fmt ignores methods here
		Pointer  *seal.Secret
		Master   *seal.Master
		master   seal.Master
		ring     *seal.Ring
	}{secret, secret, &secret, m, *m, ring}

	leaks := func(text string) bool {
		hexWord := fmt.Sprintf("%x", word)
		return strings.Contains(text, word) || strings.Contains(text, "KKKK") ||
			strings.Contains(strings.ToLower(text), hexWord) || strings.Contains(text, "75 75 75") ||
			strings.Contains(strings.ToLower(text), "4b4b4b")
	}
	values := map[string]any{
		"a secret": secret, "a pointer to a secret": &secret, "a master": m, "a master's value": *m,
		"a ring": ring, "a struct around them": config, "a pointer to that": &config, "a list": []seal.Secret{secret},
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x"} {
				if got := fmt.Sprintf(verb, v); leaks(got) {
					t.Errorf("%s prints %s", verb, got)
				}
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("start", "value", v)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "value", v)
			if leaks(log.String()) {
				t.Errorf("slog writes %s", log.String())
			}
			text, err := json.Marshal(v)
			if err != nil || leaks(string(text)) {
				t.Errorf("encoding/json writes %s, %v", text, err)
			}
			text, err = wire.Encode(v)
			if err != nil || leaks(string(text)) {
				t.Errorf("wire writes %s, %v", text, err)
			}
		})
	}

	t.Run("and what stands there instead says so", func(t *testing.T) {
		for _, v := range []any{secret, &secret, m, ring} {
			if got := fmt.Sprintf("%#v", v); got != "[redacted]" {
				t.Errorf("%T prints %s, want [redacted]", v, got)
			}
		}
	})
}

func TestSecret(t *testing.T) {
	t.Run("tells its text only when asked", func(t *testing.T) {
		if got := seal.NewSecret("abc").Reveal(); got != "abc" {
			t.Errorf("Reveal = %q, want abc", got)
		}
	})
	t.Run("is empty when it is zero", func(t *testing.T) {
		var s seal.Secret
		if got := s.Reveal(); got != "" || !s.Equal("") || s.Equal("x") {
			t.Errorf("the zero secret reveals %q", got)
		}
	})
	t.Run("equals its text and no other", func(t *testing.T) {
		s := seal.NewSecret("abc")
		for text, want := range map[string]bool{"abc": true, "abd": false, "ab": false, "abcd": false, "": false} {
			if got := s.Equal(text); got != want {
				t.Errorf("Equal(%q) = %v, want %v", text, got, want)
			}
		}
	})
	t.Run("is read from a document", func(t *testing.T) {
		var config struct{ Password seal.Secret }
		if err := wire.Decode([]byte(`{"Password":"abc"}`), &config); err != nil {
			t.Fatal(err)
		}
		if got := config.Password.Reveal(); got != "abc" {
			t.Errorf("it reads %q, want abc", got)
		}
	})
}
