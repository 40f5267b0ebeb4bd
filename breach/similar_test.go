package breach_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/breach"
)

// What people make of a leaked password when they must choose a new one.
func TestSimilar(t *testing.T) {
	for leaked, tweaked := range map[string][]string{
		"sunshine":   {"Sunshine", "sunshine1", "sunshine!", "Sunshine1", "Sunshine1!", "Sunshine123", "sunshine2024", "SUNSHINE", "enihsnus", "sun$hine", "5un5hine", "1sunshine"},
		"Tulip2024!": {"Tulip2025!", "Tulip2023!", "Tulip2026!", "tulip2024!", "Tulip2024", "Tulip2024?", "Tulip2024!1", "Tulip2024!!", "Tul1p2024!"},
		"abc09":      {"abc10", "abc08", "Abc09"},
		"Ärger7":     {"ärger7", "Ärger8", "Ärger"},
		"pass":       {"passpass", "p@ss", "pa55"},
	} {
		for _, now := range tweaked {
			if !slices.Contains(slices.Collect(breach.Similar(now)), leaked) {
				t.Errorf("%s was made from %s, and that is not among its neighbours", now, leaked)
			}
		}
	}
	t.Run("a part of it, or a word in it, is no neighbour", func(t *testing.T) {
		for _, other := range []string{"Quiet", "lanterns", "Harbour71", "Quiet-Harbour"} {
			if slices.Contains(slices.Collect(breach.Similar("Quiet-Harbour-71-lanterns")), other) {
				t.Errorf("tells %q", other)
			}
		}
	})
	t.Run("the likeliest come first", func(t *testing.T) {
		if first := slices.Collect(breach.Similar("Password1!"))[:6]; !slices.Contains(first, "password1!") || !slices.Contains(first, "Password1") {
			t.Errorf("got %q", first)
		}
	})
}

func TestSimilarIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z]{0,8}[0-9]{0,10}[!?.]{0,2}`)).Draw(t, "password")
		seen := map[string]bool{}
		for other := range breach.Similar(password) {
			if other == password || other == "" || seen[other] {
				t.Fatalf("tells %q of %q, once or more", other, password)
			}
			seen[other] = true
		}
		if len(seen) > breach.MaxSimilar {
			t.Fatalf("tells %d", len(seen))
		}
	})
	for _, nothing := range []string{"", strings.Repeat("a", 257)} {
		if got := slices.Collect(breach.Similar(nothing)); got != nil {
			t.Errorf("of %d characters it tells %d", len(nothing), len(got))
		}
	}
	for range breach.Similar("stopping early is allowed 1") {
		break
	}
}

func ExampleSimilar() {
	for leaked := range breach.Similar("Sunshine1") {
		if leaked == "sunshine" {
			fmt.Println("made from a leaked one")
		}
	}
	// Output: made from a leaked one
}

func BenchmarkSimilar(b *testing.B) {
	for b.Loop() {
		for range breach.Similar("Tulip-Season-2024!") {
		}
	}
}
