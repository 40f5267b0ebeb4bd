package agent

import "strings"

// seen is what one pass over a string has found so far.
type seen struct {
	best    product // the most telling product
	version string  // its version
	pending bool    // its version may be the next word, as in "Instagram 334.0.4"

	traits  traits // of every product and field together
	safari  string // of Version/, which Safari and the old Android browser use for their own
	browser string // version of the Chrome beneath another family
	first   string // version of the first product that is not Mozilla

	compatible bool   // said "compatible", as bots do, and otherwise only Internet Explorer
	crawls     bool   // a name or an address as only bots have them
	crawler    string // its version

	os        string
	osVersion string
	osRank    uint8
	darwin    string // version of Darwin/

	model     string
	wantModel bool // the fields after "Android 14" may be the model
}

// The characters that end a word or a field.
var ends = [256]bool{' ': true, ';': true, '(': true, ')': true, '[': true, ']': true, '\t': true}

// scan cuts the text into products and the fields of its comments, as RFC 9110
// section 10.1.5 has it, and as lenient as senders are careless: brackets are
// comments too, and what is not closed ends with the text.
func (s *seen) scan(text string) {
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !ends[c] {
			continue
		}
		switch {
		case depth == 0:
			s.product(text[start:i])
			if c == '(' || c == '[' {
				depth = 1
			}
			start = i + 1
		case c == ';':
			s.field(text[start:i])
			start = i + 1
		case c == '(' || c == '[':
			depth++ // part of the field: "moto g power (2022)"
		case c == ')' || c == ']':
			if depth--; depth == 0 {
				s.field(text[start:i])
				s.wantModel = false
				start = i + 1
			}
		}
	}
	if depth == 0 {
		s.product(text[start:])
	} else {
		s.field(text[start:])
	}
}

// product takes one word outside of comments: "Chrome/126.0.0.0", "Mobile".
func (s *seen) product(word string) {
	if word == "" {
		return
	}
	if s.pending {
		s.pending = false
		if v := strings.TrimLeft(word, "/v"); v != "" && isDigit(v[0]) {
			s.version = v
			return
		}
	}
	name, version, slash := strings.Cut(word, "/")
	if s.special(name, version) {
		return
	}
	p, known := products[name]
	if !known {
		s.stranger(name, version, slash)
		return
	}
	s.take(p, version)
	s.pending = version == "" && p.family != "" && p.family == s.best.family
}

// take weighs a product that the table knows.
func (s *seen) take(p product, version string) {
	s.traits |= p.traits
	if p.os != "" {
		s.system(p.os, "", implied)
	}
	if p.rank > s.best.rank {
		if s.best.family == chrome {
			s.browser = s.version
		}
		s.best, s.version = p, version
	} else if p.family == chrome {
		s.browser = version
	}
	if s.first == "" && p.traits&mozilla == 0 {
		s.first = version
	}
}

// special takes the products whose version says something of another kind.
func (s *seen) special(name, version string) bool {
	switch name {
	case "Version":
		s.safari = version
	case "Darwin":
		s.darwin = version
	case "os": // AWS SDKs: os/android#14
		if s.traits&sdk != 0 {
			name, version, _ := strings.Cut(version, "#")
			s.sdkSystem(name, version)
		}
	case "md": // md/rn: React Native
		if s.traits&sdk != 0 && (version == "rn" || strings.HasPrefix(version, "rn#")) {
			s.traits |= app | phone
		}
	case "app_version": // TikTok on Android
		if s.best.family == tikTok {
			s.version = version
		}
	case "iPhone", "iPad": // "Twitter for iPhone/10.43"
		if s.version == "" {
			s.version = version
		}
		s.system(iOS, "", implied)
	case "iOS", "iPadOS":
		s.system(iOS, majorText(version), named)
	case "Android":
		s.system(android, majorText(version), named)
	case "Linux", "linux":
		s.system(linux, "", kernel)
	case "Windows":
		s.system(windows, windowsVersion(version), named)
	case "macOS", "MacOS":
		s.system(macOS, macVersion(version), named)
	default:
		return false
	}
	return true
}

// stranger takes a product that the table does not know. Its name is never
// repeated, but it may tell a bot or an app, and "XiaoMi/MiuiBrowser/18.4" has
// its product in the version.
func (s *seen) stranger(name, version string, slash bool) {
	if strings.HasPrefix(name, "musical_ly_") || strings.HasPrefix(name, "trill_") { // "musical_ly_34.8.0"
		s.take(products[tikTok], name[strings.LastIndexByte(name, '_')+1:])
		return
	}
	if slash && s.first == "" {
		s.first = version
	}
	if isCrawler(name) || strings.HasSuffix(name, "http:") || strings.HasSuffix(name, "https:") {
		s.crawl(version)
		return
	}
	if !slash {
		return
	}
	if inner, rest, nested := strings.Cut(version, "/"); nested && version != "" && !isDigit(version[0]) {
		if p, known := products[inner]; known {
			s.take(p, rest)
			return
		}
	}
	switch {
	case strings.HasPrefix(name, "AppleTV"): // AppleTV11,1/11.1
		s.system(tvOS, majorText(version), device)
	case strings.HasPrefix(name, "aws-sdk-"):
		s.take(product{family: "aws-sdk", rank: someSDK, traits: sdk}, version)
	}
}

// crawl notes what only bots have. It counts for nothing in an app: "iRobot" is one.
func (s *seen) crawl(version string) {
	if !s.crawls {
		s.crawls, s.crawler = true, version
	}
}

// isCrawler reports whether a name holds, in any case, what bots call themselves.
func isCrawler(name string) bool {
	for i := 0; i+len("bot") <= len(name); i++ {
		rest := name[i:]
		switch rest[0] | 0x20 {
		case 'b':
			if hasPrefixFold(rest, "bot") {
				return true
			}
		case 'c':
			if hasPrefixFold(rest, "crawl") {
				return true
			}
		case 's':
			if hasPrefixFold(rest, "spider") || hasPrefixFold(rest, "scrap") {
				return true
			}
		}
	}
	return false
}

// hasPrefixFold reports whether text begins with word, which is in lower case, in any case.
func hasPrefixFold(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if text[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// major is the number that a version begins with. It is 0 when it begins with
// none, and above 65535, which counts builds and not versions.
func major(version string) uint16 {
	n := 0
	for i := 0; i < len(version) && isDigit(version[i]); i++ {
		if n = n*10 + int(version[i]-'0'); n > 1<<16-1 {
			return 0
		}
	}
	return uint16(n)
}

// majorText is the digits that a version begins with, at most four.
func majorText(version string) string {
	i := 0
	for i < len(version) && i < 4 && isDigit(version[i]) {
		i++
	}
	return version[:i]
}
