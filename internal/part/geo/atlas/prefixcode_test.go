package atlas

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIsCodedIsDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Counts that differ by powers of two ask for codes that are too long.
		counts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int {
			return rapid.IntRange(0, 3).Draw(t, "n") << rapid.IntRange(0, 40).Draw(t, "times")
		}), 2, maxSymbols).Draw(t, "counts")
		lengths := codeLengths(counts)
		codes, err := assign(lengths)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDecoder(lengths, func(symbol int, length uint8) uint32 { return uint32(symbol) | uint32(length)<<8 })
		if err != nil {
			t.Fatal(err)
		}
		garbage := rapid.Uint64().Draw(t, "what follows")
		for symbol, length := range lengths {
			if counts[symbol] > 0 && length == 0 {
				t.Fatalf("symbol %d occurs and has no code", symbol)
			}
			if length == 0 {
				continue
			}
			bits := uint64(codes[symbol]) | garbage<<length
			if got, want := d[bits&(1<<maxCode-1)], uint32(symbol)|uint32(length)<<8; got != want {
				t.Fatalf("symbol %d with code %b of %d bits: decoded as %d of %d", symbol, codes[symbol], length, got&255, got>>8)
			}
		}
	})
}

func TestCodesThatDoNotFitTogetherAreRefused(t *testing.T) {
	for name, lengths := range map[string][]uint8{
		"none":               {},
		"no symbol has one":  {0, 0},
		"a hole":             {1, 2},
		"too many":           {1, 1, 1},
		"too long":           {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12},
		"more than a byte":   slices.Repeat([]uint8{8}, maxSymbols+1),
		"as long as a byte":  {1, 255},
		"all, and then some": append(slices.Repeat([]uint8{8}, maxSymbols-1), 7),
	} {
		if _, err := newDecoder(lengths, stepRow); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
