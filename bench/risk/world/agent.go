package world

import (
	"fmt"
	"time"
)

// platform is a kind of device by its operating system.
type platform uint8

const (
	windows platform = iota
	mac
	linux
	iphone
	ipad
	android
	platforms
)

// family is a browser, or another program that people sign in with.
type family uint8

const (
	chrome family = iota
	edge
	firefox
	opera
	safari
	samsung
	app // the pool's own application
	families
)

// browsers of each platform, by share of use.
var browsers = [platforms][]struct {
	family family
	share  float64
}{
	windows: {{chrome, .66}, {edge, .2}, {firefox, .1}, {opera, .04}},
	mac:     {{safari, .48}, {chrome, .42}, {firefox, .07}, {edge, .03}},
	linux:   {{firefox, .45}, {chrome, .55}},
	iphone:  {{safari, .8}, {chrome, .12}, {app, .08}},
	ipad:    {{safari, .85}, {chrome, .15}},
	android: {{chrome, .76}, {samsung, .14}, {firefox, .04}, {app, .06}},
}

// platformShare is the share of visits by platform over all people.
var platformShare = []float64{windows: .3, mac: .11, linux: .02, iphone: .27, ipad: .02, android: .28}

func date(y int, m time.Month, day int) int64 {
	return time.Date(y, m, day, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// calendar gives the first version that is counted, its day, and the days from
// one release to the next, as they were on average from the end of 2023 on.
var calendar = [families]struct {
	first int
	day   int64
	every float64
}{
	chrome:  {120, date(2023, 12, 5), 31},
	edge:    {120, date(2023, 12, 7), 31},
	firefox: {121, date(2023, 12, 19), 29},
	opera:   {106, date(2023, 12, 19), 34},
	samsung: {23, date(2023, 11, 1), 125},
	app:     {310, date(2023, 12, 1), 45},
}

// safariReleases come with the operating system, twice in three months.
var safariReleases = []struct {
	day          int64
	major, minor int
}{
	{date(2023, 9, 18), 17, 0}, {date(2023, 12, 11), 17, 2}, {date(2024, 3, 5), 17, 4}, {date(2024, 5, 13), 17, 5}, {date(2024, 7, 29), 17, 6},
	{date(2024, 9, 16), 18, 0}, {date(2024, 10, 28), 18, 1}, {date(2024, 12, 11), 18, 2}, {date(2025, 1, 27), 18, 3}, {date(2025, 3, 31), 18, 4},
	{date(2025, 5, 12), 18, 5}, {date(2025, 7, 29), 18, 6}, {date(2025, 9, 15), 26, 0}, {date(2025, 11, 3), 26, 1}, {date(2025, 12, 12), 26, 2},
	{date(2026, 2, 9), 26, 3}, {date(2026, 3, 24), 26, 4}, {date(2026, 5, 11), 26, 5},
}

// versionAt is the newest version of a family on a day; for Safari an index into its releases.
func versionAt(f family, ms int64) int {
	if f == safari {
		at := 0
		for i, r := range safariReleases {
			if r.day <= ms {
				at = i
			}
		}
		return at
	}
	c := calendar[f]
	return c.first + max(0, int(float64(ms-c.day)/dayMs/c.every))
}

// build is all that an agent string depends on.
type build struct {
	platform platform
	family   family
	version  int
	variant  uint8 // of hardware or system, where the string tells it
	detail   uint8 // patch level and system as strings told them before they were reduced; 0 reduced
}

var (
	androidModels   = []string{"SM-S918B", "SM-A546B", "SM-A536B", "Pixel 8", "Pixel 7a", "23078RKD5C", "SM-G991B", "CPH2581"}
	androidVersions = []string{"13", "14", "15"}
	linuxFlavours   = []string{"X11; Linux x86_64", "X11; Ubuntu; Linux x86_64"}
)

// String gives the agent string as that build sends it. Chromium freezes the
// versions of operating systems and the minor ones of its own, Safari that of
// macOS; before 2023 all of them told more, and with detail they still do.
func (b build) String() string {
	const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)"
	switch b.platform {
	case iphone, ipad:
		return b.apple()
	case android:
		return b.android(webkit)
	}
	system := [...]string{
		windows: "Windows NT " + b.systemVersion() + "; Win64; x64",
		mac:     "Macintosh; Intel Mac OS X " + b.systemVersion(),
		linux:   linuxFlavours[b.variant%2],
	}[b.platform]
	full := b.fullVersion()
	switch b.family {
	case safari:
		return fmt.Sprintf("Mozilla/5.0 (%s) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15", system, full)
	case firefox:
		if b.platform == mac {
			system = "Macintosh; Intel Mac OS X 10.15"
		}
		return fmt.Sprintf("Mozilla/5.0 (%s; rv:%s) Gecko/20100101 Firefox/%s", system, full, full)
	case edge:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%d.0.0.0 Safari/537.36 Edg/%s", system, webkit, b.version, full)
	case opera:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%d.0.0.0 Safari/537.36 OPR/%s", system, webkit, b.version+14, full)
	}
	if b.platform == linux {
		system = linuxFlavours[0]
	}
	return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%s Safari/537.36", system, webkit, full)
}

// fullVersion is the program's version as far as the string tells it.
func (b build) fullVersion() string {
	switch b.family {
	case safari:
		r := safariReleases[b.version]
		if patch := b.detail % 4; patch > 0 {
			return fmt.Sprintf("%d.%d.%d", r.major, r.minor, patch)
		}
		return fmt.Sprintf("%d.%d", r.major, r.minor)
	case firefox, samsung:
		return fmt.Sprintf("%d.0", b.version)
	case app:
		return fmt.Sprintf("%d.%d", b.version/100, b.version%100)
	}
	if b.detail > 0 {
		return fmt.Sprintf("%d.0.%d.%d", b.version, 2000+37*b.version, 40+int(b.detail%32))
	}
	return fmt.Sprintf("%d.0.0.0", b.version)
}

// systemVersion is the operating system's version as the string writes it.
func (b build) systemVersion() string {
	switch b.platform {
	case windows:
		if b.detail%8 == 7 {
			return "6.1"
		}
		return "10.0"
	case mac:
		if b.detail > 0 {
			return fmt.Sprintf("10_%d_%d", 13+b.detail%3, b.detail%7)
		}
		return "10_15_7"
	case iphone, ipad:
		r := safariReleases[b.release()]
		major, minor := r.major, r.minor
		if major >= 26 { // since then the string stays at the last version of the old count
			major, minor = 18, 6
		}
		if patch := b.detail % 4; patch > 0 {
			return fmt.Sprintf("%d_%d_%d", major, minor, patch)
		}
		return fmt.Sprintf("%d_%d", major, minor)
	case android:
		if b.detail > 0 {
			return fmt.Sprint(8 + b.detail%6)
		}
		if b.family == firefox || b.family == app {
			return androidVersions[b.variant%3]
		}
		return "10"
	}
	return ""
}

// release is that of the system of an Apple device: its own browser comes with
// it, and other programs are as new as the system.
func (b build) release() int {
	if b.family == safari {
		return b.version
	}
	c := calendar[b.family]
	return versionAt(safari, c.day+int64(float64(b.version-c.first)*c.every*dayMs))
}

func (b build) apple() string {
	device := fmt.Sprintf("iPhone; CPU iPhone OS %s like Mac OS X", b.systemVersion())
	if b.platform == ipad {
		device = fmt.Sprintf("iPad; CPU OS %s like Mac OS X", b.systemVersion())
	}
	const webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
	switch b.family {
	case app:
		return fmt.Sprintf("PoolApp/%s CFNetwork/1568.300.101 Darwin/24.2.0", b.fullVersion())
	case chrome:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s CriOS/%s Mobile/15E148 Safari/604.1", device, webkit, b.fullVersion())
	}
	return fmt.Sprintf("Mozilla/5.0 (%s) %s Version/%s Mobile/15E148 Safari/604.1", device, webkit, b.fullVersion())
}

// model is the name of an Android device.
func (b build) model() string {
	return androidModels[(int(b.variant)+int(b.detail))%len(androidModels)]
}

func (b build) android(webkit string) string {
	full, system := b.fullVersion(), b.systemVersion()
	model := "K"
	if b.detail > 0 {
		model = b.model()
	}
	switch b.family {
	case samsung:
		return fmt.Sprintf("Mozilla/5.0 (Linux; Android %s; %s) %s SamsungBrowser/%s Chrome/%d.0.0.0 Mobile Safari/537.36", system, model, webkit, full, 71+2*b.version)
	case firefox:
		return fmt.Sprintf("Mozilla/5.0 (Android %s; Mobile; rv:%s) Gecko/%s Firefox/%s", system, full, full, full)
	case app:
		return fmt.Sprintf("PoolApp/%s (Linux; Android %s; %s) okhttp/4.12.0", full, system, b.model())
	}
	return fmt.Sprintf("Mozilla/5.0 (Linux; Android %s; %s) %s Chrome/%s Mobile Safari/537.36", system, model, webkit, full)
}

// tools are what those bring who do not care how they look.
var tools = []Agent{
	tool("python-requests/2.31.0", "Python Requests", 2), tool("python-requests/2.32.3", "Python Requests", 2),
	tool("Go-http-client/1.1", "Go HTTP client", 1), tool("curl/8.5.0", "curl", 8), tool("okhttp/4.9.3", "okhttp", 4), tool("axios/1.7.2", "axios", 1),
	{
		String: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36",
		Family: "HeadlessChrome", Major: 124, OS: "Linux", Class: "desktop", Automation: true,
	},
	{
		String: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36",
		Family: "Chrome", Major: 91, OS: "Windows", OSVersion: "10", Class: "desktop",
	},
	{
		String: "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:40.0) Gecko/20100101 Firefox/40.1",
		Family: "Firefox", Major: 40, OS: "Windows", OSVersion: "7", Class: "desktop",
	},
}

func tool(s, family string, major int) Agent {
	return Agent{String: s, Family: family, Major: major, Class: "tool", Automation: true}
}

// popular draws a build as common as people make it. Late is by how many days
// the version may lag behind the newest, on average.
func (w *World) popular(d dice, ms int64, late float64) build {
	p := platform(d.pick(platformShare))
	return w.build(d, p).at(ms - int64(d.exp(late)*dayMs))
}

// build draws a program for a platform, in no version yet.
func (w *World) build(d dice, on platform) build {
	b := build{platform: on, family: browserOn(d, on), variant: uint8(d.IntN(8))}
	if d.chance(w.params.Detail) {
		b.detail = uint8(1 + d.IntN(200))
	}
	return b
}

func browserOn(d dice, p platform) family {
	at := d.Float64()
	for _, b := range browsers[p] {
		if at -= b.share; at < 0 {
			return b.family
		}
	}
	return browsers[p][0].family
}

// at is the same build in the version of another day.
func (b build) at(ms int64) build {
	b.version = versionAt(b.family, ms)
	return b
}
