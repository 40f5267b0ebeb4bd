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
	if s.compatible || text[0] == '+' {
		s.bareBot(text)
		return
	}
	if s.wantModel { // no names of bots: CUBOT makes telephones
		if s.model == "" {
			s.model = modelOf(text)
		}
	} else if isCrawler(text) {
		s.crawl("")
	}
}

// bareBot takes a field that has no version, where bots give name and address:
// "(compatible; Bytespider; spider-feedback@bytedance.com)".
func (s *seen) bareBot(text string) {
	if p, known := products[text]; known {
		s.take(p, "")
	} else if text[0] == '+' || isCrawler(text) || strings.IndexByte(text, '@') >= 0 {
		s.crawl("")
	}
}

// fieldProduct takes a product inside a comment. Its name may be two words
// ("Opera Mini/36.2") or follow other words, as in "SM-G991B Build/TP1A".
func (s *seen) fieldProduct(name, version string) bool {
	if strings.HasSuffix(name, "http:") || strings.HasSuffix(name, "https:") {
		s.crawl("") // by convention a bot's home page, for whoever wants to complain
		return true
	}
	if name == "Trident" { // its version is not Internet Explorer's
		s.take(products[name], "")
		return true
	}
	if s.best.traits&facebook != 0 && strings.HasPrefix(name, "FB") {
		s.facebookField(name, version)
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
	if isCrawler(name) {
		s.crawl(version)
		return true
	}
	return false
}

// facebookField takes what follows FBAN or FB_IAB: FBAV has the version of the
// app and FBDV the device; what the string has said before, they say again.
func (s *seen) facebookField(name, version string) {
	switch name {
	case "FBAV":
		s.version = version
	case "FBDV":
		s.model = modelOf(version)
	}
}

// fieldSystem takes a field that names a system.
func (s *seen) fieldSystem(text string) bool {
	switch text[0] {
	case 'W':
		return s.windowsField(text)
	case 'A':
		return s.androidField(text)
	case 'C':
		if text == "CrOS" || strings.HasPrefix(text, "CrOS ") {
			s.system(chromeOS, "", named)
			return true
		}
		return s.appleField(text)
	case 'I', 'P', 'U', 'M', 'i', 'm', 't':
		return s.appleField(text) || s.consoleField(text)
	case 'L', 'X':
		return s.linuxField(text) || s.consoleField(text)
	}
	return s.rareField(text)
}

func (s *seen) windowsField(text string) bool {
	if v, ok := strings.CutPrefix(text, "Windows NT "); ok {
		s.system(windows, windowsVersion(v), named)
	} else if v, ok := strings.CutPrefix(text, "Windows Phone "); ok {
		s.system(windowsPhone, majorText(v), device)
	} else if v, ok := strings.CutPrefix(text, "Windows "); ok {
		s.system(windows, windowsVersion(v), named)
	} else if text == "Windows" || text == "Win64" {
		s.system(windows, "", named)
	} else if strings.HasPrefix(text, "Web0S") || strings.HasPrefix(text, "WebOS") {
		s.system(webOS, "", device)
		s.traits |= tv
	} else {
		return false
	}
	return true
}

// androidField takes "Android 14". What follows it in the comment is the model.
func (s *seen) androidField(text string) bool {
	v, ok := strings.CutPrefix(text, "Android")
	if !ok || v != "" && v[0] != ' ' && v[0] != '-' {
		return false
	}
	if strings.HasPrefix(v, " TV") {
		s.traits |= tv
	}
	s.system(android, majorText(strings.TrimLeft(v, " -")), named)
	s.wantModel = true
	return true
}

// appleField takes what Apple's systems are called in browsers ("CPU iPhone OS
// 17_5 like Mac OS X", "Intel Mac OS X 10_15_7") and in apps ("iOS 17.5").
func (s *seen) appleField(text string) bool {
	if v, ok := strings.CutPrefix(text, "CPU "); ok {
		v = strings.TrimPrefix(v, "iPhone ")
		s.system(iOS, majorText(strings.TrimPrefix(v, "OS ")), named)
	} else if v, ok := strings.CutPrefix(text, "iOS "); ok {
		s.system(iOS, majorText(v), named)
	} else if v, ok := strings.CutPrefix(text, "iPadOS "); ok {
		s.system(iOS, majorText(v), named)
		s.traits |= tablet
	} else if v, ok := strings.CutPrefix(text, "tvOS "); ok {
		s.system(tvOS, majorText(v), device)
	} else if v, ok := strings.CutPrefix(text, "macOS "); ok {
		s.system(macOS, macVersion(v), named)
	} else if text == "Macintosh" {
		s.system(macOS, "", implied)
	} else if i := strings.Index(text, "Mac OS X"); i >= 0 {
		s.system(macOS, macVersion(strings.TrimLeft(text[i+len("Mac OS X"):], " ")), named)
	} else {
		return false
	}
	return true
}

func (s *seen) linuxField(text string) bool {
	if text == "X11" {
		return true
	}
	if !strings.HasPrefix(text, "Linux") {
		return false
	}
	s.system(linux, "", kernel)
	if strings.HasSuffix(text, "SmartTV") {
		s.traits |= tv
	}
	return true
}

func (s *seen) consoleField(text string) bool {
	switch {
	case strings.HasPrefix(text, "PlayStation"):
		s.system(playStation, majorText(strings.TrimLeft(text[len("PlayStation"):], " ")), device)
	case strings.HasPrefix(text, "Xbox"):
		s.system(windows, "", named)
	default:
		return false
	}
	s.traits |= console
	return true
}

func (s *seen) rareField(text string) bool {
	switch {
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
