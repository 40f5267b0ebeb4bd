package agent

import "strings"

// The systems that Agent.OS may name.
const (
	windows      = "Windows"
	windowsPhone = "Windows Phone"
	macOS        = "macOS"
	iOS          = "iOS"
	tvOS         = "tvOS"
	android      = "Android"
	linux        = "Linux"
	chromeOS     = "Chrome OS"
	harmonyOS    = "HarmonyOS"
	tizen        = "Tizen"
	webOS        = "webOS"
	kaiOS        = "KaiOS"
	roku         = "Roku"
	playStation  = "PlayStation"
	nintendo     = "Nintendo"
	freeBSD      = "FreeBSD"
	openBSD      = "OpenBSD"
)

// How much a mention of a system tells. A string names several: phones say
// "Linux; Android 14", iPhones "like Mac OS X", Windows Phone said "Android".
const (
	kernel  = 1 + iota // Linux, Darwin
	implied            // a product that exists on one system only
	named              // the system by its name
	device             // the device itself: PlayStation, Windows Phone
)

// system remembers the most telling mention of a system, the first of equals.
func (s *seen) system(os, version string, rank uint8) {
	if rank > s.osRank {
		s.os, s.osVersion, s.osRank = os, version, rank
	} else if os == s.os && s.osVersion == "" {
		s.osVersion = version
	}
}

// field takes one field of a comment: "Windows NT 10.0", "Googlebot/2.1".
func (s *seen) field(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if name, version, ok := strings.Cut(text, "/"); ok && s.fieldProduct(name, version) {
		return
	}
	if s.fieldSystem(text) || s.fieldDevice(text) {
		return
	}
	if s.compatible {
		if p, known := products[text]; known {
			s.take(p, "")
			return
		}
	}
	if s.wantModel && s.model == "" {
		s.model = modelOf(text)
	}
}

// fieldProduct takes a product inside a comment. Its name may be two words
// ("Opera Mini/36.2") or follow other words, as in "SM-G991B Build/TP1A".
func (s *seen) fieldProduct(name, version string) bool {
	if name == "+http:" || name == "+https:" {
		s.traits |= bot // by convention the home page of a bot, for whoever wants to complain
		return true
	}
	if name == "FBAV" { // the version of the app that FBAN or FB_IAB named
		if s.best.traits&facebook != 0 {
			s.version = version
		}
		return true
	}
	if name == "FBDV" {
		s.model = modelOf(version)
		return true
	}
	if p, known := products[name]; known {
		s.take(p, version)
		return true
	}
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		name = name[i+1:]
		if name == "Build" {
			return false
		}
		if p, known := products[name]; known {
			s.take(p, version)
			return true
		}
	}
	if hasFold(name, "bot") || hasFold(name, "crawl") || hasFold(name, "spider") {
		s.take(product{family: "Bot", rank: someBot, traits: bot}, version)
		return true
	}
	return false
}

// fieldSystem takes a field that names a system.
func (s *seen) fieldSystem(text string) bool {
	switch text[0] {
	case 'W':
		if v, ok := strings.CutPrefix(text, "Windows NT "); ok {
			s.system(windows, windowsVersion(v), named)
		} else if v, ok := strings.CutPrefix(text, "Windows Phone "); ok {
			s.system(windowsPhone, majorText(v), device)
		} else if v, ok := strings.CutPrefix(text, "Windows "); ok {
			s.system(windows, windowsVersion(v), named)
		} else if text == "Windows" || text == "Win64" || text == "Windows NT" {
			s.system(windows, "", named)
		} else if strings.HasPrefix(text, "Web0S") || strings.HasPrefix(text, "WebOS") {
			s.system(webOS, "", device)
			s.traits |= tv
		} else {
			return false
		}
	case 'A':
		v, ok := strings.CutPrefix(text, "Android")
		if !ok || v != "" && v[0] != ' ' && v[0] != '-' && v[0] != '/' {
			return false
		}
		if strings.HasPrefix(v, " TV") {
			s.traits |= tv
		}
		s.system(android, majorText(strings.TrimLeft(v, " -/")), named)
		s.wantModel = true
	case 'C':
		if v, ok := strings.CutPrefix(text, "CPU "); ok {
			v, _ = strings.CutPrefix(v, "iPhone ")
			v, _ = strings.CutPrefix(v, "OS ")
			s.system(iOS, majorText(v), named)
		} else if strings.HasPrefix(text, "CrOS") {
			s.system(chromeOS, "", named)
		} else {
			return false
		}
	case 'I', 'P', 'U', 'M':
		i := strings.Index(text, "Mac OS X")
		if i < 0 {
			if text == "Macintosh" {
				s.system(macOS, "", implied)
				return true
			}
			return s.fieldConsole(text)
		}
		s.system(macOS, macVersion(strings.TrimLeft(text[i+len("Mac OS X"):], " ")), named)
	case 'L', 'X':
		if !strings.HasPrefix(text, "Linux") && text != "X11" {
			return s.fieldConsole(text)
		}
		if text != "X11" {
			s.system(linux, "", kernel)
		}
		if strings.Contains(text, "SmartTV") {
			s.traits |= tv
		}
	default:
		return s.fieldOther(text)
	}
	return true
}

// fieldConsole takes game consoles.
func (s *seen) fieldConsole(text string) bool {
	switch {
	case strings.HasPrefix(text, "PlayStation"):
		s.system(playStation, majorText(strings.TrimLeft(text[len("PlayStation"):], " ")), device)
	case strings.HasPrefix(text, "PLAYSTATION 3"):
		s.system(playStation, "3", device)
	case strings.HasPrefix(text, "Xbox"):
		s.system(windows, "", named)
	default:
		return false
	}
	s.traits |= console
	return true
}

// fieldOther takes the systems that are rare.
func (s *seen) fieldOther(text string) bool {
	switch {
	case strings.HasPrefix(text, "iOS "):
		s.system(iOS, majorText(text[len("iOS "):]), named)
	case strings.HasPrefix(text, "iPadOS "):
		s.system(iOS, majorText(text[len("iPadOS "):]), named)
		s.traits |= tablet
	case strings.HasPrefix(text, "tvOS"):
		s.system(tvOS, majorText(strings.TrimLeft(text[len("tvOS"):], " ")), device)
		s.traits |= tv
	case strings.HasPrefix(text, "macOS "):
		s.system(macOS, macVersion(text[len("macOS "):]), named)
	case strings.HasPrefix(text, "Tizen"):
		s.system(tizen, majorText(strings.TrimLeft(text[len("Tizen"):], " /")), named)
	case strings.HasPrefix(text, "OpenHarmony"):
		s.system(harmonyOS, majorText(strings.TrimLeft(text[len("OpenHarmony"):], " ")), named)
	case strings.HasPrefix(text, "Nintendo"):
		s.system(nintendo, "", device)
		s.traits |= console
	case strings.HasPrefix(text, "FreeBSD"):
		s.system(freeBSD, "", named)
	case strings.HasPrefix(text, "OpenBSD"):
		s.system(openBSD, "", named)
	default:
		return false
	}
	return true
}

// fieldDevice takes a field that tells the kind of device, or nothing at all.
func (s *seen) fieldDevice(text string) bool {
	switch text {
	case "iPhone", "iPod touch", "iPod":
		s.system(iOS, "", implied)
		s.traits |= phone
	case "iPad":
		s.system(iOS, "", implied)
		s.traits |= tablet
	case "Mobile", "Phone":
		s.traits |= phone
	case "Tablet":
		s.traits |= tablet
	case "SMART-TV", "SmartTV", "Apple TV", "AppleTV":
		s.traits |= tv
	case "wv":
		s.traits |= webview
	case "compatible":
		s.compatible = true
	case "LinkedInApp": // [LinkedInApp]/9.29.8962
		s.take(products[text], "")
		s.pending = true
	case "K", "U", "I", "HarmonyOS", "Microsoft", "arm_64", "arm64", "x86_64", "x64", "WOW64", "KHTML, like Gecko":
	default:
		return s.fieldPrefix(text)
	}
	return true
}

// fieldPrefix takes what is known by how it begins.
func (s *seen) fieldPrefix(text string) bool {
	switch {
	case strings.HasPrefix(text, "rv:"):
		if s.best.family == explorer {
			s.version = text[len("rv:"):]
		}
	case strings.HasPrefix(text, "MSIE "):
		s.take(product{family: explorer, rank: engine}, text[len("MSIE "):])
	case strings.HasPrefix(text, "Quest"): // a headset that says X11; Linux
		s.system(android, "", named)
		s.traits |= console
		s.model = modelOf(text)
	case strings.HasPrefix(text, "iPhone") && strings.Contains(text, ","): // iPhone14,5
		s.system(iOS, "", implied)
		s.traits |= phone
		s.model = modelOf(text)
	case strings.HasPrefix(text, "iPad") && strings.Contains(text, ","):
		s.system(iOS, "", implied)
		s.traits |= tablet
		s.model = modelOf(text)
	case strings.HasPrefix(text, "Ecosia "): // Ecosia android@126.0.6478.71
		_, version, _ := strings.Cut(text, "@")
		s.take(products["Ecosia"], version)
	case isLocale(text):
	default:
		return false
	}
	return true
}

// isLocale reports whether a field is a language, as in "en-us" or "de".
func isLocale(text string) bool {
	letters := len(text) == 2 || len(text) == 5 && (text[2] == '-' || text[2] == '_')
	return letters && text[0]|0x20 >= 'a' && text[0]|0x20 <= 'z' && text[1] >= 'a' && text[1] <= 'z'
}

// modelOf is a field as a model: without its build and make, and only if it is short
// printable ASCII. Other text is dropped as a whole, for half of a name is
// another name.
func modelOf(text string) string {
	if i := strings.Index(text, " Build"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "SAMSUNG ")) // only Samsung's own browser says the make
	if len(text) > maxModel {
		return ""
	}
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] > '~' {
			return ""
		}
	}
	return text
}

// windowsVersion names the release of a version of Windows NT, or of Windows.
func windowsVersion(nt string) string {
	switch {
	case strings.HasPrefix(nt, "NT-"):
		return windowsVersion(nt[len("NT-"):])
	case strings.HasPrefix(nt, "10"):
		return "10" // and 11, which sends the same
	case strings.HasPrefix(nt, "11"):
		return "11"
	case strings.HasPrefix(nt, "6.3"), strings.HasPrefix(nt, "8.1"):
		return "8.1"
	case strings.HasPrefix(nt, "6.2"), strings.HasPrefix(nt, "8"):
		return "8"
	case strings.HasPrefix(nt, "6.1"), strings.HasPrefix(nt, "7"):
		return "7"
	case strings.HasPrefix(nt, "6.0"), strings.HasPrefix(nt, "Vista"):
		return "Vista"
	case strings.HasPrefix(nt, "5.1"), strings.HasPrefix(nt, "5.2"), strings.HasPrefix(nt, "XP"):
		return "XP"
	}
	return ""
}

// macTen are the releases of Mac OS X.
var macTen = [...]string{
	"10.0", "10.1", "10.2", "10.3", "10.4", "10.5", "10.6", "10.7", "10.8",
	"10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15", "10.16",
}

// macVersion is "10.15" for "10_15_7" and "14" for "14.5": before 11 the second
// number told the release.
func macVersion(version string) string {
	text := majorText(version)
	if text == "10" && len(version) > 3 {
		if minor := int(major(version[3:])); minor < len(macTen) {
			return macTen[minor]
		}
	}
	return text
}
