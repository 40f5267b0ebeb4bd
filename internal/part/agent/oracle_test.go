package agent_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

// vocabulary lists what ua-parser calls a family or a system that we call
// otherwise, and mean the same by.
var vocabulary = map[string]string{
	"Chrome Mobile":              "Chrome",
	"Chrome Mobile iOS":          "Chrome",
	"Chromium":                   "Chrome",
	"Chrome Mobile WebView":      "Chrome WebView",
	"Mobile Safari UI/WKWebView": "Safari WebView",
	"Mobile Safari":              "Safari",
	"Edge Mobile":                "Edge",
	"Firefox Mobile":             "Firefox",
	"Firefox iOS":                "Firefox",
	"Opera Mobile":               "Opera",
	"DuckDuckGo Mobile":          "DuckDuckGo",
	"Yandex Browser":             "Yandex",
	"MiuiBrowser":                "Xiaomi Browser",
	"QQ Browser Mobile":          "QQ Browser",
	"Amazon Silk":                "Silk",
	"Avast Secure Browser":       "Avast",
	"Android":                    "Android Browser",
	"Google":                     "Google App",
	"LINE":                       "Line",
	"Slack Desktop Client":       "Slack",
	"aws-sdk-go-v2":              "aws-sdk-go",
	"Boto3":                      "Botocore",
	"Python Requests":            "python-requests",
	"Python aiohttp":             "aiohttp",
	"PostmanRuntime":             "Postman",
	"insomnia":                   "Insomnia",
	"WindowsPowerShell":          "PowerShell",
	"WebPageTest.org bot":        "WebPageTest",
	"Slackbot-LinkExpanding":     "Slackbot",
	"Yahoo! Slurp":               "Slurp",
}

// systems is vocabulary for systems.
var systems = map[string]string{
	"Mac OS X": "macOS",
	"Web0S":    "webOS",
	"ATV OS X": "tvOS",
	"Ubuntu":   "Linux", // a distribution's Firefox stopped saying so, and the computer is the same
	"Fedora":   "Linux",
}

// A disagreement is one that is meant. what is "family", "major", "system" or
// "release"; the two answers are of the whole agent, so that a row means few.
type disagreement struct {
	what, ours, theirs, why string
}

var disagreements = []disagreement{
	{"family", "Opera", "Safari", "OPT is Opera on iOS, which it does not know"},
	{"family", "HeyTap Browser", "Chrome WebView", "a browser that it does not know"},
	{"family", "Oculus Browser", "Chrome", "a browser that it does not know"},
	{"family", "Ecosia", "Ecosia Android", "the same on every system"},
	{"family", "Threads", "Safari WebView", "an app that it does not know"},
	{"family", "Threads", "Chrome WebView", "an app that it does not know"},
	{"family", "Firefox", "Safari WebView", "Firefox on iOS that leaves Safari's name out"},
	{"family", "Safari WebView", "Apple Mail", "every app on a Mac that shows a page says the same"},
	{"family", "Alamofire", "Safari WebView", "an app that shows no page"},
	{"family", "iOS app", "MyRobot", "an app's own name is not repeated"},
	{"family", "CFNetwork", "iRobotHome", "an app's own name is not repeated"},
	{"family", "Datadog Synthetics", "Chrome", "what drives the browser, not the browser"},
	{"family", "LinkedIn", "Safari WebView", "the version stands behind the bracket"},
	{"family", "LinkedIn", "Chrome WebView", "the version stands behind the bracket"},
	{"family", "TikTok", "Safari WebView", "an app that it does not know"},
	{"family", "TikTok", "Chrome WebView", "an app that it does not know"},
	{"family", "WeChat", "Safari WebView", "an app that it does not know"},
	{"family", "WeChat", "Chrome WebView", "an app that it does not know"},
	{"family", "KakaoTalk", "Chrome WebView", "an app that it does not know"},
	{"family", "Naver", "Safari WebView", "an app that it does not know"},
	{"family", "Teams", "Edge", "the app, not the browser inside it"},
	{"family", "Cypress", "Electron", "what drives the browser, not the browser"},
	{"family", "Lighthouse", "Chrome", "what drives the browser, not the browser"},
	{"family", "Dalvik", "Android Browser", "the library of an app is no browser"},
	{"family", "Android app", "Android Browser", "an app's own name is not repeated, and it is no browser"},
	{"family", "iOS app", "Safari WebView", "an app that shows no page"},
	{"family", "CFNetwork", "MyShop", "an app's own name is not repeated"},
	{"family", "CFNetwork", "Bank", "an app's own name is not repeated"},
	{"family", "Bot", "acme-monitor-bot", "a bot's own name is not repeated"},
	{"family", "Bot", "IndeedBot", "a bot's own name is not repeated"},
	{"family", "Bot", "heritrix", "a bot's own name is not repeated"},
	{"family", "Bot", "Algolia Crawler", "a bot's own name is not repeated"},
	{"family", "Bot", "Chrome", "\"compatible\" and an address in the comment are a bot's, whatever stands beside"},
	{"major", "126", "5", "DuckDuckGo's own number never changes; Chrome's beneath it does"},
	{"major", "17", "7", "DuckDuckGo's own number never changes; Safari's beneath it does"},
	{"major", "0", "211202", "a date, and no version"},
	{"system", "Android", "Linux", "aws-sdk-android names the kernel of the telephone"},
	{"system", "tvOS", "iOS", "the app says tvOS, the library is the same on both"},
	{"system", "Roku", "macOS", "it takes DVP for a Mac"},
	{"release", "iOS 26", "iOS 18", "from 26 on, browsers say 18 for ever, and Safari's version is the system's"},
	{"release", "iOS 26", "iOS 17", "the same of Firefox"},
	{"release", "iOS 27", "iOS 18", "the same of Safari 27"},
	{"release", "iOS 17", "iOS 2", "it takes the version of aws-sdk-iOS for the system's"},
}

func TestTheOracleAgrees(t *testing.T) {
	oracle, err := uaparser.New()
	if err != nil {
		t.Fatal(err)
	}
	used := make([]bool, len(disagreements))
	compare := func(r row, what, ours, theirs string) bool {
		if ours == theirs {
			return true
		}
		for i, d := range disagreements {
			if d.what == what && d.ours == ours && d.theirs == theirs {
				used[i] = true
				return false
			}
		}
		t.Errorf("%s:%d: %s\n %s: ours %q, theirs %q", corpusFile, r.line, r.agent, what, ours, theirs)
		return false
	}
	compared := 0
	for _, r := range corpus(t) {
		theirs, ours := oracle.Parse(r.agent), agent.Parse(r.agent)
		family, system := translate(theirs)
		if family != "Other" && ours.Family != "" && compare(r, "family", ours.Family, family) && theirs.UserAgent.Major != "" {
			compare(r, "major", strconv.Itoa(int(ours.Major)), theirs.UserAgent.Major)
			compared++
		}
		if system != "Other" && ours.OS != "" && compare(r, "system", ours.OS, system) && theirs.Os.Major != "" && ours.OSVersion != "" {
			compare(r, "release", ours.OS+" "+ours.OSVersion, ours.OS+" "+release(theirs.Os))
		}
	}
	for i, d := range disagreements {
		if !used[i] {
			t.Errorf("no agent of the corpus needs the disagreement %+v any more", d)
		}
	}
	if compared < 100 {
		t.Errorf("compared %d agents, want at least 100: the test tells little", compared)
	}
}

// translate gives ua-parser's answer in our words.
func translate(c *uaparser.Client) (family, system string) {
	family, system = c.UserAgent.Family, c.Os.Family
	if word, ok := vocabulary[family]; ok {
		family = word
	}
	if word, ok := systems[system]; ok {
		system = word
	}
	return family, system
}

// release is the part of a version that we keep.
func release(os *uaparser.Os) string {
	if os.Family == "Mac OS X" && os.Major == "10" || os.Family == "Windows" && os.Minor != "" {
		return os.Major + "." + os.Minor
	}
	return strings.TrimSpace(os.Major)
}
