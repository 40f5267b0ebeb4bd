package agent

import (
	"strconv"
	"strings"
)

// conclude weighs together what the pass has seen.
func (s *seen) conclude() Agent {
	if s.isBot() {
		s.traits |= bot
	}
	s.settleApple()
	a := Agent{OS: s.os, OSVersion: s.osVersion, Model: s.model}
	a.Family, a.Major = s.family()
	a.Automation = s.automation()
	a.App = s.traits&app != 0 && !a.Automation
	a.Class = s.class(a.Automation)
	return a
}

// isBot reports whether what only bots say counts. In an app it does not, for
// an app may be called iRobot. "compatible" was the word of Internet Explorer;
// since it is gone, bots alone say it, with or without Chrome's name beside.
func (s *seen) isBot() bool {
	if s.compatible && (s.best.family == "" || s.best.family == chrome) {
		return true
	}
	unnamedApp := s.best.family == "" && s.traits&mozilla == 0 && (s.os == iOS || s.os == android)
	return s.crawls && s.best.traits&app == 0 && !unnamedApp
}

// family names the browser, app or program, with its major version.
func (s *seen) family() (string, uint16) {
	if s.traits&bot != 0 && s.best.traits&(bot|tool) == 0 {
		return "Bot", major(s.crawler) // whatever browser it names beside itself
	}
	switch s.best.family {
	case "":
		return s.unnamed()
	case safari:
		return s.safariFamily()
	case chrome:
		// A page inside an Android app says "; wv", or, before that, Version/4.0.
		if s.os == android && s.best.rank == engine && (s.traits&webview != 0 || s.safari != "") {
			s.traits |= app
			return chromeWebView, major(s.version)
		}
	case "Opera": // Presto's froze at 9.80
		if s.best.rank == engine && s.safari != "" {
			return "Opera", major(s.safari)
		}
	case duckDuckGo: // its own number is no version: on Android it stays 5, on iOS 7
		if s.browser != "" {
			return duckDuckGo, major(s.browser)
		}
		return duckDuckGo, major(s.safari)
	case rokuBrowser: // Roku/DVP-13.0
		return rokuBrowser, major(strings.TrimPrefix(s.version, "DVP-"))
	}
	return s.best.family, major(s.version)
}

// safariFamily tells Safari from what only claims to be it. Safari's own
// version is in Version/; the number after Safari/ is its engine's.
func (s *seen) safariFamily() (string, uint16) {
	switch {
	case s.os == android:
		return "Android Browser", major(s.safari)
	case s.os == iOS && s.safari == "":
		s.traits |= app
		return safariWebView, major(s.osVersion)
	}
	return safari, major(s.safari)
}

// unnamed is an agent without a product that the table knows. On a telephone
// it is some app, and on Apple's systems with Mozilla in front a page inside one.
func (s *seen) unnamed() (string, uint16) {
	switch {
	case s.os == iOS && s.traits&mozilla != 0:
		s.traits |= app
		return safariWebView, major(s.osVersion)
	case s.os == macOS && s.traits&webkit != 0: // which tells no version
		s.traits |= app
		return safariWebView, 0
	case s.os == iOS:
		s.traits |= app
		return "iOS app", major(s.first)
	case s.os == android && s.traits&mozilla == 0:
		s.traits |= app
		return "Android app", major(s.first)
	}
	return "", 0
}

// automation: an AWS SDK on a telephone is an app, anywhere else a program.
func (s *seen) automation() bool {
	if s.traits&sdk != 0 && (s.os == android || s.os == iOS) {
		s.traits |= app | phone
	}
	return s.traits&(tool|headless|bot) != 0 || s.traits&(sdk|app) == sdk
}

// class is the kind of device, the most telling trait first.
func (s *seen) class(automation bool) Class {
	switch {
	case s.traits&bot != 0 && s.best.traits&tool == 0: // tools give their home page too
		return Bot
	case automation:
		return Tool
	case s.traits&console != 0:
		return Console
	case s.traits&tv != 0 || s.os == tvOS || s.os == webOS || s.os == android && isTV(s.model):
		return TV
	case s.traits&tablet != 0:
		return Tablet
	case s.traits&phone != 0:
		return Mobile
	}
	switch s.os {
	case windows, macOS, linux, chromeOS, freeBSD, openBSD:
		return Desktop
	case android: // a telephone says Mobile; an app that shows no page says nothing
		if s.traits&app != 0 && s.traits&(mozilla|webview) == 0 {
			return Mobile
		}
		return Tablet
	case iOS, windowsPhone, kaiOS, harmonyOS:
		return Mobile
	case tizen:
		return TV
	}
	return Unknown
}

// isTV knows televisions by their model: Fire TV is AFT and a letter or more.
func isTV(model string) bool {
	return strings.HasPrefix(model, "AFT") || strings.HasPrefix(model, "BRAVIA") ||
		strings.HasPrefix(model, "Chromecast") || strings.Contains(model, "TV")
}

// settleApple finds the release of an Apple system where the string tells it
// in a roundabout way.
func (s *seen) settleApple() {
	if s.darwin != "" {
		s.settleDarwin(int(major(s.darwin)))
	}
	if s.os != iOS && s.best.os == iOS && s.os == macOS { // an iPad that asks for the desktop's page
		s.os, s.osVersion = iOS, ""
		s.traits |= tablet
	}
	// Since iOS 26 browsers say "iPhone OS 18_7" for ever, and Version/ is the
	// Safari beneath them, which ships with the system and has its number.
	if v := major(s.safari); s.os == iOS && v >= 26 && v > major(s.osVersion) {
		s.osVersion = majorText(s.safari)
	}
}

// settleDarwin translates a kernel to the system above it. CFNetwork is on
// telephones and Macs alike, and most that sign in with it are telephones.
func (s *seen) settleDarwin(kernelMajor int) {
	if s.traits&appleNet != 0 && s.os != macOS {
		release := kernelMajor - 6 // Darwin 23 is iOS 17
		if kernelMajor >= 25 {
			release = kernelMajor + 1 // Darwin 25 is iOS 26
		}
		s.appleRelease(iOS, release)
		s.traits |= phone
		return
	}
	switch {
	case kernelMajor >= 25:
		s.appleRelease(macOS, kernelMajor+1)
	case kernelMajor >= 20:
		s.appleRelease(macOS, kernelMajor-9)
	default:
		s.system(macOS, "", kernel)
	}
}

func (s *seen) appleRelease(os string, release int) {
	version := ""
	if release > 0 && release < 100 {
		version = strconv.Itoa(release) // below 100 it does not allocate
	}
	s.system(os, version, implied)
}

// sdkSystem takes the system as AWS SDKs write it: os/android#14.
func (s *seen) sdkSystem(name, version string) {
	switch name {
	case "android", "Android":
		s.system(android, majorText(version), named)
	case "ios", "iOS", "ipados", "iPadOS":
		s.system(iOS, majorText(version), named)
	case "macos", "macOS":
		if n := major(version); n >= 16 && n <= 25 { // there was no such macOS: Python gives the kernel's version
			s.settleDarwin(int(n))
			return
		}
		s.system(macOS, macVersion(version), named)
	case "windows", "Windows", "Windows_NT", "win32", "Windows_10":
		s.system(windows, windowsVersion(version), named)
	case "Windows_11":
		s.system(windows, "11", named)
	case "linux", "Linux":
		s.system(linux, "", named)
	case "darwin", "Darwin": // the version is the kernel's
		s.darwin = version
		s.system(macOS, "", kernel)
	}
}
