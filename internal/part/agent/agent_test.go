package agent_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

const (
	chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	chromeOnAndroid = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
	chromeOnTablet  = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	chromeOnMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	edgeOnWindows   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
	firefoxOnLinux  = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
)

func TestDeviceName(t *testing.T) {
	for name, c := range map[string]struct {
		agent agent.Agent
		want  string
	}{
		"is browser and system as Cognito writes them":     {agent.Parse(chromeOnWindows), "Chrome 126, Windows 10"},
		"says Other when nothing is known":                 {agent.Agent{}, "Other, Other"},
		"says Other for the system of a library":           {agent.Parse("curl/8.6.0"), "curl 8, Other"},
		"says Other for the browser that nobody knows":     {agent.Agent{OS: "Linux"}, "Other, Linux"},
		"leaves out a version that is not known":           {agent.Agent{Family: "Chrome", OS: "Android"}, "Chrome, Android"},
		"calls a Mac what it was called until 10.15":       {agent.Parse(chromeOnMac), "Chrome 126, Mac OS X 10.15"},
		"calls a Mac macOS since 11":                       {agent.Agent{Family: "Chrome", Major: 126, OS: "macOS", OSVersion: "15"}, "Chrome 126, macOS 15"},
		"shows no version of a system that is not known":   {agent.Agent{Family: "Chrome", OSVersion: "15"}, "Chrome, Other"},
		"repeats neither the name of an app nor its words": {agent.Parse("www.evil.example/1 (call 555-0100; iPhone; iOS 17.5)"), "iOS app 1, iOS 17"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.agent.DeviceName(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Run("an empty agent is the zero Agent but for its hash", func(t *testing.T) {
		got := agent.Parse("")
		if got.Hash != 0xef46db3751d8e999 { // XXH64 of nothing, from the specification's test vectors
			t.Errorf("hash %#x, want the XXH64 of nothing", got.Hash)
		}
		got.Hash = 0
		if got != (agent.Agent{}) {
			t.Errorf("got %+v, want the zero Agent", got)
		}
	})
	t.Run("a megabyte is read like its first 1024 bytes", func(t *testing.T) {
		huge := chromeOnWindows + strings.Repeat(" filler/1", 1<<17)
		if got, want := agent.Parse(huge), agent.Parse(huge[:agent.MaxBytes]); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := agent.Parse(huge).DeviceName(); got != "Chrome 126, Windows 10" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("agents that differ in one byte have different hashes", func(t *testing.T) {
		other := strings.Replace(chromeOnWindows, "126", "127", 1)
		if agent.Parse(chromeOnWindows).Hash == agent.Parse(other).Hash {
			t.Error("the hashes are equal")
		}
	})
	t.Run("a hash is the same in every process", func(t *testing.T) {
		if got, want := agent.Parse(firefoxOnLinux).Hash, uint64(0x75a3a876747b8ecd); got != want {
			t.Errorf("got %#x, want %#x", got, want)
		}
	})
	t.Run("a version above 65535 counts builds and is none", func(t *testing.T) {
		if got := agent.Parse("curl/65536.1").Major; got != 0 {
			t.Errorf("got %d, want 0", got)
		}
		if got := agent.Parse("curl/65535.1").Major; got != 65535 {
			t.Errorf("got %d, want 65535", got)
		}
	})
}

// What a stranger writes must not come out again, where somebody else reads it.
func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ agent, model string }{
		"a line break in a model":           {"Dalvik/2.1.0 (Linux; U; Android 14; Pixel\r\nSet-Cookie: a=b Build/X)", ""},
		"a model in control characters":     {"Dalvik/2.1.0 (Linux; U; Android 14; \x00\x1b[31mPixel Build/X)", ""},
		"a model that is not UTF-8":         {"Dalvik/2.1.0 (Linux; U; Android 14; Pix\xffel Build/X)", ""},
		"a model in other letters":          {"Dalvik/2.1.0 (Linux; U; Android 14; 红米 Build/X)", ""},
		"a model of more than 48 bytes":     {"Dalvik/2.1.0 (Linux; U; Android 14; " + strings.Repeat("x", 49) + " Build/X)", ""},
		"not a model of 48 bytes":           {"Dalvik/2.1.0 (Linux; U; Android 14; " + strings.Repeat("x", 48) + " Build/X)", strings.Repeat("x", 48)},
		"the language in place of a model":  {"Mozilla/5.0 (Linux; U; Android 4.4.2; en-us; GT-I9505 Build/KOT49H)", "GT-I9505"},
		"Chrome's K in place of a model":    {chromeOnAndroid, ""},
		"a field after the comment's end":   {"Mozilla/5.0 (Linux; Android 14) (Pixel 8)", ""},
		"brackets that never close":         {"Mozilla/5.0 (Linux; Android 14; Pixel 8", "Pixel 8"},
		"brackets that close too often":     {"Mozilla/5.0 ))) (Linux; Android 14; Pixel 8)", "Pixel 8"},
		"nothing but brackets":              {strings.Repeat("(", 2000), ""},
		"nothing but the ends of fields":    {strings.Repeat("(;)", 600), ""},
		"a version that is only a bracket":  {"Chrome/( ", ""},
		"a name that is only a slash":       {"/ // /", ""},
		"a field that is only a slash":      {"(/;//;+http:/; /)", ""},
		"an Android without a version":      {"(Android;Android ;Android-)", ""},
		"a Darwin that is no number":        {"CFNetwork/x Darwin/x", ""},
		"a Darwin from before there was an": {"CFNetwork/1 Darwin/1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := agent.Parse(c.agent)
			if got.Model != c.model {
				t.Errorf("model %q, want %q", got.Model, c.model)
			}
			checkClean(t, got)
		})
	}
}

// checkClean is what holds for every Agent, whatever it was made of.
func checkClean(t interface{ Errorf(string, ...any) }, a agent.Agent) {
	if len(a.Model) > 48 || !printable(a.Model) {
		t.Errorf("model %q is not short printable ASCII", a.Model)
	}
	if len(a.OSVersion) > 5 || strings.Trim(a.OSVersion, "0123456789.") != "" && a.OSVersion != "XP" && a.OSVersion != "Vista" {
		t.Errorf("version of the system %q is no release", a.OSVersion)
	}
	if a.OSVersion != "" && a.OS == "" {
		t.Errorf("a version %q of no system", a.OSVersion)
	}
	if len(a.Family) > 24 || len(a.OS) > 16 {
		t.Errorf("family %q or system %q is longer than any of ours", a.Family, a.OS)
	}
	if name := a.DeviceName(); len(name) > 64 || !printable(name) || strings.ContainsAny(name, "<>&\"':/@") {
		t.Errorf("device name %q may not stand in a mail", name)
	}
	if a.Class > agent.Bot {
		t.Errorf("class %d is none", a.Class)
	}
	if a.Automation && a.App {
		t.Errorf("%+v is a program and an app", a)
	}
	if (a.Class == agent.Bot || a.Class == agent.Tool) != a.Automation {
		t.Errorf("%+v: bots and tools, and only they, are automation", a)
	}
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return utf8.ValidString(s)
}

func TestWhatComesOutIsClean(t *testing.T) {
	rows := corpus(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "agent")]
		at := rapid.IntRange(0, len(r.agent)).Draw(t, "at")
		cut := rapid.IntRange(0, len(r.agent)-at).Draw(t, "cut")
		text := r.agent[:at] + rapid.String().Draw(t, "insert") + r.agent[at+cut:]
		a := agent.Parse(text)
		checkClean(t, a)
		if again := agent.Parse(strings.Clone(text)); again != a {
			t.Errorf("%q: %+v, then %+v", text, a, again)
		}
	})
}

func TestParseDoesNotAllocate(t *testing.T) {
	rows := corpus(t)
	hints := agent.Hints{
		Brands:   `"Chromium";v="126", "Google Chrome";v="126", "Not/A)Brand";v="8"`,
		Platform: `"Windows"`, PlatformVersion: `"15.0.0"`, Mobile: "?0", Model: `""`,
	}
	for _, r := range rows {
		if n := testing.AllocsPerRun(10, func() { agent.ParseHints(r.agent, hints) }); n != 0 {
			t.Errorf("%q: %v allocations, want 0", r.agent, n)
		}
	}
}
