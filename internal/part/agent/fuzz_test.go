package agent_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

// FuzzParse: whatever is sent, what comes out is short, clean and always the
// same, and depends on the first bytes alone.
func FuzzParse(f *testing.F) {
	for _, r := range corpus(f) {
		f.Add(r.agent)
	}
	f.Add(strings.Repeat("(a/1;", 500))
	f.Add("Mozilla/5.0 (Linux; Android 14; \r\nPixel\x00\xff) [FBAV/;FBDV/\x1b[31m]")
	cache := agent.NewCache(8)
	f.Fuzz(func(t *testing.T, text string) {
		a := agent.Parse(text)
		checkClean(t, a)
		if again := agent.Parse(strings.Clone(text)); again != a {
			t.Errorf("%+v, then %+v", a, again)
		}
		if short := agent.Parse(text[:min(len(text), agent.MaxBytes)]); short != a {
			t.Errorf("%+v, of the first bytes %+v", a, short)
		}
		if long := agent.Parse(text + strings.Repeat(" ", max(0, agent.MaxBytes-len(text))) + "curl/8"); len(text) >= agent.MaxBytes && long != a {
			t.Errorf("%+v, with more behind it %+v", a, long)
		}
		for range 3 {
			if kept := cache.Parse(text); kept != a {
				t.Errorf("%+v, out of the cache %+v", a, kept)
			}
		}
		if d := agent.Compare(a, a); a.Major > 0 && a.Family != "" && d != agent.Same {
			t.Errorf("%+v compared with itself is %v", a, d)
		}
	})
}

// FuzzHints: hints neither break what is clean nor change the hash, and to
// refine twice is to refine once.
func FuzzHints(f *testing.F) {
	f.Add(chromeOnWindows, `"Chromium";v="126", "Google Chrome";v="126", "Not/A)Brand";v="8"`, `"Windows"`, `"15.0.0"`, "?0", `""`)
	f.Add(chromeOnAndroid, `"Android WebView";v="126"`, `"Android"`, `"14.0.0"`, "?1", `"Pixel 8"`)
	f.Add("", `"x\"\\";a=1;b;c=?1,"Brave";v="1"`, `"macOS"`, `"10.15.7"`, "?2", "\"\x00\"")
	f.Fuzz(func(t *testing.T, text, brands, platform, version, mobile, model string) {
		h := agent.Hints{Brands: brands, FullVersionList: model, Platform: platform, PlatformVersion: version, Mobile: mobile, Model: model}
		a := agent.ParseHints(text, h)
		checkClean(t, a)
		if a.Hash != agent.Parse(text).Hash {
			t.Error("hints changed the hash")
		}
		if again := a.Refine(h); again != a {
			t.Errorf("refined once %+v, twice %+v", a, again)
		}
	})
}
