package agent_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

func TestHintsRefine(t *testing.T) {
	const grease = `"Not/A)Brand";v="8", `
	for name, c := range map[string]struct {
		agent string
		hints agent.Hints
		want  string
	}{
		"Windows 11 by the version of its contract": {chromeOnWindows,
			agent.Hints{Platform: `"Windows"`, PlatformVersion: `"15.0.0"`},
			"Chrome 126, Windows 11 | Chrome | 126 | Windows 11 | desktop |  | "},
		"Windows 11 from 13 on": {chromeOnWindows,
			agent.Hints{Platform: `"Windows"`, PlatformVersion: `"13.0.0"`},
			"Chrome 126, Windows 11 | Chrome | 126 | Windows 11 | desktop |  | "},
		"Windows 10 up to 10": {chromeOnWindows,
			agent.Hints{Platform: `"Windows"`, PlatformVersion: `"10.0.0"`},
			"Chrome 126, Windows 10 | Chrome | 126 | Windows 10 | desktop |  | "},
		"Windows 8.1 in its own numbers": {chromeOnWindows,
			agent.Hints{Platform: `"Windows"`, PlatformVersion: `"0.3"`},
			"Chrome 126, Windows 8.1 | Chrome | 126 | Windows 8.1 | desktop |  | "},
		"the release of a Mac": {chromeOnMac,
			agent.Hints{Platform: `"macOS"`, PlatformVersion: `"15.1.0"`},
			"Chrome 126, macOS 15 | Chrome | 126 | macOS 15 | desktop |  | "},
		"release and model of a telephone": {chromeOnAndroid,
			agent.Hints{Platform: `"Android"`, PlatformVersion: `"14.0.0"`, Model: `"Pixel 8"`, Mobile: "?1"},
			"Chrome 126, Android 14 | Chrome | 126 | Android 14 | mobile |  | Pixel 8"},
		"a telephone that asks for the desktop's page": {chromeOnTablet,
			agent.Hints{Mobile: "?1"},
			"Chrome 126, Android 10 | Chrome | 126 | Android 10 | mobile |  | "},
		"a tablet that says Mobile": {chromeOnAndroid,
			agent.Hints{Mobile: "?0"},
			"Chrome 126, Android 10 | Chrome | 126 | Android 10 | tablet |  | "},
		"a desktop stays a desktop": {chromeOnWindows,
			agent.Hints{Mobile: "?1"},
			"Chrome 126, Windows 10 | Chrome | 126 | Windows 10 | desktop |  | "},
		"a browser that calls itself Chrome in the string": {chromeOnWindows,
			agent.Hints{Brands: grease + `"Chromium";v="126", "DuckDuckGo";v="126"`},
			"DuckDuckGo 126, Windows 10 | DuckDuckGo | 126 | Windows 10 | desktop |  | "},
		"Brave stays one family with its string": {chromeOnWindows,
			agent.Hints{Brands: grease + `"Chromium";v="126", "Brave";v="126"`},
			"Chrome 126, Windows 10 | Chrome | 126 | Windows 10 | desktop |  | "},
		"whole versions before the short ones": {edgeOnWindows,
			agent.Hints{Brands: `"Microsoft Edge";v="126"`, FullVersionList: grease + `"Chromium";v="127.0.6533.73", "Microsoft Edge";v="127.0.2651.74"`},
			"Edge 127, Windows 10 | Edge | 127 | Windows 10 | desktop |  | "},
		"a headless browser whose string was changed": {chromeOnWindows,
			agent.Hints{Brands: `"HeadlessChrome";v="126", "Chromium";v="126", ` + strings.TrimSuffix(grease, ", ")},
			"HeadlessChrome 126, Windows 10 | HeadlessChrome | 126 | Windows 10 | tool | automation | "},
		"a page inside an app": {chromeOnAndroid,
			agent.Hints{Brands: `"Android WebView";v="126", "Chromium";v="126"`},
			"Chrome WebView 126, Android 10 | Chrome WebView | 126 | Android 10 | mobile | app | "},
		"nothing but hints": {"",
			agent.Hints{Brands: `"Google Chrome";v="126"`, Platform: `"macOS"`, PlatformVersion: `"14.5.0"`},
			"Chrome 126, macOS 14 | Chrome | 126 | macOS 14 | unknown |  | "},
		"a parameter before the version, and one without a value": {chromeOnWindows,
			agent.Hints{Brands: `"Google Chrome";x;y=1.5;z=?1; v="127"`},
			"Chrome 127, Windows 10 | Chrome | 127 | Windows 10 | desktop |  | "},
		"a made-up brand with quotes and commas in it": {chromeOnWindows,
			agent.Hints{Brands: `"(Not\"A,;Brand\\";v="99","Google Chrome";v="127"`},
			"Chrome 127, Windows 10 | Chrome | 127 | Windows 10 | desktop |  | "},
	} {
		t.Run(name, func(t *testing.T) {
			got := agent.ParseHints(c.agent, c.hints)
			if describe(got) != c.want {
				t.Errorf("\n got  %s\n want %s", describe(got), c.want)
			}
			if got.Hash != agent.Parse(c.agent).Hash {
				t.Error("hints changed the hash of the string")
			}
		})
	}
}

func TestHintsAreIgnored(t *testing.T) {
	for name, c := range map[string]struct {
		agent string
		hints agent.Hints
	}{
		"none at all":                        {chromeOnWindows, agent.Hints{}},
		"made-up brands alone":               {chromeOnWindows, agent.Hints{Brands: `"Not/A)Brand";v="99", " Not A;Brand";v="98"`}},
		"a brand that the string denies":     {firefoxOnLinux, agent.Hints{Brands: `"Google Chrome";v="140"`}},
		"Chrome, where the string says Edge": {edgeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140", "Chromium";v="140"`}},
		"a system that the string denies":    {chromeOnWindows, agent.Hints{Platform: `"Linux"`, PlatformVersion: `"6.5.0"`}},
		"a system without quotes":            {chromeOnWindows, agent.Hints{Platform: `Windows`, PlatformVersion: `"15.0.0"`}},
		"a system and more":                  {chromeOnWindows, agent.Hints{Platform: `"Windows" x`, PlatformVersion: `"15.0.0"`}},
		"a version without quotes":           {chromeOnWindows, agent.Hints{Platform: `"Windows"`, PlatformVersion: `15.0.0`}},
		"a version that is a word":           {chromeOnWindows, agent.Hints{Platform: `"Windows"`, PlatformVersion: `"eleven"`}},
		"an empty version":                   {chromeOnMac, agent.Hints{Platform: `"macOS"`, PlatformVersion: `""`}},
		"a list that ends in a comma":        {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140",`}},
		"a list without commas":              {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140" "Chromium";v="140"`}},
		"a list without quotes":              {chromeOnWindows, agent.Hints{Brands: `Google Chrome;v="140"`}},
		"a string that never ends":           {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140`}},
		"an escape of nothing":               {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140", "x\`}},
		"an escape of a letter":              {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140", "x\y"`}},
		"a parameter without a name":         {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";="140"`}},
		"an inner list":                      {chromeOnWindows, agent.Hints{Brands: `("Google Chrome");v="140"`}},
		"a line break in a list":             {chromeOnWindows, agent.Hints{Brands: "\"Google Chrome\";v=\"140\", \"x\r\ny\""}},
		"a list of more than 512 bytes":      {chromeOnWindows, agent.Hints{Brands: `"Google Chrome";v="140", "` + strings.Repeat("x", 512) + `"`}},
		"a model in control characters":      {chromeOnAndroid, agent.Hints{Model: "\"Pixel\x00\""}},
		"a model of more than 48 bytes":      {chromeOnAndroid, agent.Hints{Model: `"` + strings.Repeat("x", 49) + `"`}},
		"a mobile that is no boolean":        {chromeOnTablet, agent.Hints{Mobile: "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := agent.ParseHints(c.agent, c.hints), agent.Parse(c.agent); got != want {
				t.Errorf("\n got  %+v\n want %+v", got, want)
			}
		})
	}
}

func TestHintsFromHeaders(t *testing.T) {
	h := http.Header{}
	for name, value := range map[string]string{
		"Sec-CH-UA":                   "1",
		"Sec-CH-UA-Full-Version-List": "2",
		"Sec-CH-UA-Platform":          "3",
		"Sec-CH-UA-Platform-Version":  "4",
		"Sec-CH-UA-Mobile":            "5",
		"Sec-CH-UA-Model":             "6",
	} {
		h.Set(name, value)
	}
	want := agent.Hints{Brands: "1", FullVersionList: "2", Platform: "3", PlatformVersion: "4", Mobile: "5", Model: "6"}
	if got := agent.HintsFrom(h.Get); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
