package compat

import (
	"os"
	"strings"
	"testing"
)

// TestTheGuides keeps the commands true that guides say run as they stand.
func TestTheGuides(t *testing.T) {
	t.Parallel()
	t.Run("signin", func(t *testing.T) {
		t.Parallel()
		if !knowsTiers(awsCLIs(t)[0]) {
			t.Skip("SKIPPED WITHOUT an AWS CLI that knows the sign-in policy (end of 2024)")
		}
		data, err := os.ReadFile("../docs/guides/signin.md")
		if err != nil {
			t.Fatal(err)
		}
		s := dev(t)
		script := strings.ReplaceAll(block(t, string(data), "run"), "http://127.0.0.1:9470", s.url)
		if !strings.Contains(script, s.url) {
			t.Fatal("the commands do not name the server")
		}
		got := strings.Fields(s.play(t, "bash", "-euo", "pipefail", "-c", script))
		want := []string{"Bearer", "Bearer", "Bearer", "PASSWORD", "EMAIL_OTP", "Bearer"}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
