package agent

import "strings"

// AcceptCH is what a page answers in Accept-CH to be sent the hints that a
// browser keeps to itself otherwise. Only Chromium has them; their absence
// says nothing.
const AcceptCH = "Sec-CH-UA-Platform-Version, Sec-CH-UA-Model, Sec-CH-UA-Full-Version-List"

// maxHint bounds what is read of one hint, in bytes.
const maxHint = 512

// Hints are the client hints of a request as they stand in its headers, each
// empty when it was not sent. See https://wicg.github.io/ua-client-hints/.
type Hints struct {
	Brands          string // Sec-CH-UA: "Chromium";v="126", "Google Chrome";v="126", "Not/A)Brand";v="8"
	FullVersionList string // Sec-CH-UA-Full-Version-List, the same with whole versions
	Platform        string // Sec-CH-UA-Platform: "Windows"
	PlatformVersion string // Sec-CH-UA-Platform-Version: "15.0.0"
	Mobile          string // Sec-CH-UA-Mobile: ?0 or ?1
	Model           string // Sec-CH-UA-Model: "Pixel 8"
}

// HintsFrom reads the hints by a function that gives the value of a header,
// as http.Header.Get does.
func HintsFrom(header func(name string) string) Hints {
	return Hints{
		Brands:          header("Sec-CH-UA"),
		FullVersionList: header("Sec-CH-UA-Full-Version-List"),
		Platform:        header("Sec-CH-UA-Platform"),
		PlatformVersion: header("Sec-CH-UA-Platform-Version"),
		Mobile:          header("Sec-CH-UA-Mobile"),
		Model:           header("Sec-CH-UA-Model"),
	}
}

// ParseHints reads a user agent and what the hints add to it.
func ParseHints(userAgent string, h Hints) Agent {
	return Parse(userAgent).Refine(h)
}

// Refine adds what hints tell beyond the string: the release of Windows, macOS
// and Android, which the string freezes, the model, and the brand of a browser
// that calls itself Chrome in the string. Where the two contradict each other
// the string stands, for it is what was sent before hints were asked for. A
// hint that is malformed is ignored as a whole, as RFC 9651 has it. Hash stays
// the hash of the string. It does not allocate.
func (a Agent) Refine(h Hints) Agent {
	a.refineBrand(h)
	a.refineSystem(h)
	if model, ok := quoted(h.Model); ok && a.Model == "" {
		a.Model = modelOf(model)
	}
	switch { // only Android has the question: without Mobile it is a tablet
	case a.OS != android:
	case h.Mobile == "?1" && (a.Class == Tablet || a.Class == Unknown):
		a.Class = Mobile
	case h.Mobile == "?0" && a.Class == Mobile && !a.App:
		a.Class = Tablet
	}
	return a
}

// refineBrand takes the browser's own name and version from the brands.
func (a *Agent) refineBrand(h Hints) {
	best, version, ok := bestBrand(h.FullVersionList)
	if !ok {
		if best, version, ok = bestBrand(h.Brands); !ok {
			return
		}
	}
	switch a.Family {
	case best.family:
	case "", chrome:
		a.Family = best.family
	default:
		return
	}
	if v := major(version); v > 0 {
		a.Major = v
	}
	if best.traits&headless != 0 { // an agent can be told to lie, and its hints are forgotten
		a.Automation, a.App, a.Class = true, false, Tool
	} else if best.traits&app != 0 {
		a.App = !a.Automation
	}
}

// brands are the names of browsers in hints. The names that Chromium makes up
// so that nobody relies on a fixed list (GREASE: "Not/A)Brand") are not here,
// nor is Brave, whose string says Chrome and shall stay one family with it.
var brands = map[string]product{
	"Chromium":                {family: chrome, rank: ancient},
	"Google Chrome":           {family: chrome, rank: engine},
	"Brave":                   {family: chrome, rank: engine},
	"Microsoft Edge":          {family: "Edge", rank: brand},
	"Microsoft Edge WebView2": {family: "Edge", rank: inApp, traits: app},
	"Opera":                   {family: "Opera", rank: brand},
	"Opera GX":                {family: "Opera", rank: brand},
	"Opera Mobile":            {family: "Opera", rank: brand},
	"OperaMobile":             {family: "Opera", rank: brand},
	"Samsung Internet":        {family: "Samsung Internet", rank: brand},
	"Vivaldi":                 {family: "Vivaldi", rank: brand},
	"DuckDuckGo":              {family: duckDuckGo, rank: brand},
	"YaBrowser":               {family: "Yandex", rank: brand},
	"Yandex":                  {family: "Yandex", rank: brand},
	"Whale":                   {family: "Whale", rank: brand},
	"HuaweiBrowser":           {family: "Huawei Browser", rank: brand},
	"Amazon Silk":             {family: "Silk", rank: brand},
	"Coc Coc":                 {family: "Coc Coc", rank: brand},
	"Ecosia":                  {family: "Ecosia", rank: brand},
	"Avast Secure Browser":    {family: "Avast", rank: brand},
	"AVG Secure Browser":      {family: "AVG", rank: brand},
	"CCleaner Browser":        {family: "CCleaner", rank: brand},
	"Norton Secure Browser":   {family: "Norton", rank: brand},
	"Oculus Browser":          {family: "Oculus Browser", rank: brand},
	"Android WebView":         {family: chromeWebView, rank: inApp, traits: app},
	"HeadlessChrome":          {family: headlessName, rank: driven, traits: headless},
	"HeadlessEdg":             {family: headlessName, rank: driven, traits: headless},
}

// bestBrand reads a list of brands and gives the most telling one that is known.
func bestBrand(list string) (best product, version string, ok bool) {
	rest := trimSpace(list[:min(len(list), maxHint)])
	if rest == "" || len(list) > maxHint {
		return product{}, "", false
	}
	for {
		var name, v string
		if name, v, rest, ok = member(rest); !ok {
			return product{}, "", false
		}
		if p, known := brands[name]; known && p.rank > best.rank {
			best, version = p, v
		}
		if rest == "" {
			return best, version, best.family != ""
		}
	}
}

// member reads one member of a structured list (RFC 9651, section 4.2.1) that
// is a string with parameters, and the comma after it. It gives the value of
// parameter v where that is a string.
func member(text string) (name, v, rest string, ok bool) {
	if name, rest, ok = readString(text); !ok {
		return "", "", "", false
	}
	for rest != "" && rest[0] == ';' {
		rest = trimSpace(rest[1:])
		i := 0
		for i < len(rest) && isKey(rest[i]) {
			i++
		}
		if i == 0 {
			return "", "", "", false
		}
		key := rest[:i]
		rest = rest[i:]
		if rest == "" || rest[0] != '=' {
			continue // a parameter without a value is true
		}
		rest = rest[1:]
		var value string
		if rest != "" && rest[0] == '"' {
			if value, rest, ok = readString(rest); !ok {
				return "", "", "", false
			}
		} else if rest = rest[bare(rest):]; rest != "" && strings.IndexByte(";, \t", rest[0]) < 0 {
			return "", "", "", false
		}
		if key == "v" {
			v = value
		}
	}
	rest = trimSpace(rest)
	if rest == "" {
		return name, v, "", true
	}
	if rest[0] != ',' {
		return "", "", "", false
	}
	rest = trimSpace(rest[1:])
	return name, v, rest, rest != "" // a comma at the end is malformed
}

// readString reads a quoted string and gives what is between its quotes, its
// escapes left in: no name that we know has any.
func readString(text string) (value, rest string, ok bool) {
	if text == "" || text[0] != '"' {
		return "", "", false
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return text[1:i], text[i+1:], true
		case c == '\\':
			if i++; i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", "", false
			}
		case c < ' ' || c > '~':
			return "", "", false
		}
	}
	return "", "", false
}

// quoted reads a hint that is one string.
func quoted(hint string) (string, bool) {
	if len(hint) > maxHint {
		return "", false
	}
	value, rest, ok := readString(trimSpace(hint))
	return value, ok && trimSpace(rest) == ""
}

// bare is the length of a token, number or boolean at the beginning of text.
func bare(text string) int {
	i := 0
	for i < len(text) && (isKey(text[i]) || text[i] >= 'A' && text[i] <= 'Z' || strings.IndexByte("?:/%+!", text[i]) >= 0) {
		i++
	}
	return i
}

func isKey(c byte) bool {
	return c >= 'a' && c <= 'z' || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
}

func trimSpace(s string) string { return strings.Trim(s, " \t") }

// refineSystem takes the release of the system that the string has named, or
// the system itself if it has named none.
func (a *Agent) refineSystem(h Hints) {
	platform, ok := quoted(h.Platform)
	if !ok {
		return
	}
	os := platformOS(platform)
	if os == "" || a.OS != "" && a.OS != os {
		return
	}
	a.OS = os
	version, ok := quoted(h.PlatformVersion)
	if !ok || version == "" {
		return
	}
	switch os {
	case windows:
		if release := windowsRelease(version); release != "" {
			a.OSVersion = release
		}
	case macOS:
		if release := macVersion(version); release != "" {
			a.OSVersion = release
		}
	case android:
		if release := majorText(version); release != "" {
			a.OSVersion = release
		}
	}
}

func platformOS(platform string) string {
	switch platform {
	case "Windows":
		return windows
	case "macOS":
		return macOS
	case "Android":
		return android
	case "Linux":
		return linux
	case "Chrome OS", "Chromium OS":
		return chromeOS
	case "iOS":
		return iOS
	}
	return ""
}

// windowsRelease translates the version of Windows.Foundation's contract,
// which is what the hint carries: 1 to 10 are Windows 10, from 13 on Windows 11.
// See https://learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11.
func windowsRelease(version string) string {
	switch n := major(version); {
	case n >= 13:
		return "11"
	case n >= 1:
		return "10"
	}
	switch version {
	case "0.3", "0.3.0":
		return "8.1"
	case "0.2", "0.2.0":
		return "8"
	case "0.1", "0.1.0":
		return "7"
	}
	return ""
}
