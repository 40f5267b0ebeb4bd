package agent

import "strings"

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
