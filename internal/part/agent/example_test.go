package agent_test

import (
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

func ExampleParse() {
	for _, text := range []string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
		"python-requests/2.32.3",
		"",
	} {
		a := agent.Parse(text)
		fmt.Println(a.DeviceName(), "|", a.Class, "|", a.Automation)
	}
	// Output:
	// Safari 26, iOS 26 | mobile | false
	// python-requests 2, Other | tool | true
	// Other, Other | unknown | false
}

// A page that asks for more hints is sent them with the next request.
func ExampleParseHints() {
	text := "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	a := agent.ParseHints(text, agent.Hints{
		Brands:          `"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"`,
		Platform:        `"Windows"`,
		PlatformVersion: `"15.0.0"`,
	})
	fmt.Println(a.DeviceName())
	// Output: Chrome 126, Windows 11
}

// Browsers go forward. One that goes backward is most likely another one.
func ExampleCompare() {
	known := agent.Agent{Family: "Chrome", Major: 126, OS: "Windows"}
	now := agent.Agent{Family: "Chrome", Major: 119, OS: "Windows"}
	fmt.Println(agent.Compare(known, now))
	// Output: backward
}
