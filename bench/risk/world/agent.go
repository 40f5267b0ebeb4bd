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
}

var (
	androidModels  = []string{"SM-S918B", "SM-A546B", "SM-A536B", "Pixel 8", "Pixel 7a", "23078RKD5C", "SM-G991B", "CPH2581"}
	samsungAndroid = []string{"13", "14", "15"}
	linuxFlavours  = []string{"X11; Linux x86_64", "X11; Ubuntu; Linux x86_64"}
)

// String gives the agent string as that build sends it. Chromium freezes the
// versions of operating systems and the minor ones of its own, Safari that of macOS.
func (b build) String() string {
	const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)"
	switch b.platform {
	case iphone, ipad:
		return b.apple()
	case android:
		return b.android(webkit)
	}
	system := [...]string{windows: "Windows NT 10.0; Win64; x64", mac: "Macintosh; Intel Mac OS X 10_15_7", linux: linuxFlavours[b.variant%2]}[b.platform]
	switch b.family {
	case safari:
		r := safariReleases[b.version]
		return fmt.Sprintf("Mozilla/5.0 (%s) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.%d Safari/605.1.15", system, r.major, r.minor)
	case firefox:
		if b.platform == mac {
			system = "Macintosh; Intel Mac OS X 10.15"
		}
		return fmt.Sprintf("Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0", system, b.version, b.version)
	case edge:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0", system, webkit, b.version, b.version)
	case opera:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%d.0.0.0 Safari/537.36 OPR/%d.0.0.0", system, webkit, b.version+14, b.version)
	}
	if b.platform == linux {
		system = linuxFlavours[0]
	}
	return fmt.Sprintf("Mozilla/5.0 (%s) %s Chrome/%d.0.0.0 Safari/537.36", system, webkit, b.version)
}

func (b build) apple() string {
	r := safariReleases[len(safariReleases)-1]
	if b.family == safari {
		r = safariReleases[b.version]
	} else { // the system is as new as the program
		r = safariReleases[versionAt(safari, calendar[b.family].day+int64(float64(b.version-calendar[b.family].first)*calendar[b.family].every*dayMs))]
	}
	osMajor, osMinor := r.major, r.minor
	if osMajor >= 26 { // since then the string stays at the last version of the old count
		osMajor, osMinor = 18, 6
	}
	device := fmt.Sprintf("iPhone; CPU iPhone OS %d_%d like Mac OS X", osMajor, osMinor)
	if b.platform == ipad {
		device = fmt.Sprintf("iPad; CPU OS %d_%d like Mac OS X", osMajor, osMinor)
	}
	const webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
	switch b.family {
	case app:
		return fmt.Sprintf("PoolApp/%d.%d CFNetwork/1568.300.101 Darwin/24.2.0", b.version/100, b.version%100)
	case chrome:
		return fmt.Sprintf("Mozilla/5.0 (%s) %s CriOS/%d.0.0.0 Mobile/15E148 Safari/604.1", device, webkit, b.version)
	}
	return fmt.Sprintf("Mozilla/5.0 (%s) %s Version/%d.%d Mobile/15E148 Safari/604.1", device, webkit, r.major, r.minor)
}

func (b build) android(webkit string) string {
	switch b.family {
	case samsung:
		return fmt.Sprintf("Mozilla/5.0 (Linux; Android 10; K) %s SamsungBrowser/%d.0 Chrome/%d.0.0.0 Mobile Safari/537.36", webkit, b.version, 71+2*b.version)
	case firefox:
		return fmt.Sprintf("Mozilla/5.0 (Android %s; Mobile; rv:%d.0) Gecko/%d.0 Firefox/%d.0", samsungAndroid[b.variant%3], b.version, b.version, b.version)
	case app:
		return fmt.Sprintf("PoolApp/%d.%d (Linux; Android %s; %s) okhttp/4.12.0", b.version/100, b.version%100, samsungAndroid[b.variant%3], androidModels[int(b.variant)%len(androidModels)])
	}
	return fmt.Sprintf("Mozilla/5.0 (Linux; Android 10; K) %s Chrome/%d.0.0.0 Mobile Safari/537.36", webkit, b.version)
}

// tools are what those bring who do not care how they look.
var tools = []string{
	"python-requests/2.31.0", "python-requests/2.32.3", "Go-http-client/1.1", "curl/8.5.0", "okhttp/4.9.3", "axios/1.7.2",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36",
	"Mozilla/5.0 (Windows NT 6.1; WOW64; rv:40.0) Gecko/20100101 Firefox/40.1",
}

// popular draws a build as common as people make it. Late is by how many days
// the version may lag behind the newest.
func popular(d dice, ms int64, late float64) build {
	p := platform(d.pick(platformShare))
	return build{p, browserOn(d, p), 0, uint8(d.IntN(8))}.at(ms - int64(d.exp(late)*dayMs))
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
