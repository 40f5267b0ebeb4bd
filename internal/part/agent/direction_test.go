package agent_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

func TestCompare(t *testing.T) {
	chrome126 := agent.Parse(chromeOnWindows)
	at := func(major uint16) agent.Agent {
		a := chrome126
		a.Major = major
		return a
	}
	for name, c := range map[string]struct {
		before, now agent.Agent
		want        agent.Direction
	}{
		"the same version is the same":                    {at(126), at(126), agent.Same},
		"a newer version is forward":                      {at(126), at(127), agent.Forward},
		"an older version is backward":                    {at(126), at(90), agent.Backward},
		"the same browser on another system is another":   {at(127), agent.Parse(chromeOnAndroid), agent.FamilyChanged},
		"another browser is another family":               {at(126), agent.Parse(edgeOnWindows), agent.FamilyChanged},
		"a browser that begins to hide its version":       {at(126), at(0), agent.Unsure},
		"a browser that had none before":                  {at(0), at(126), agent.Unsure},
		"an agent that is not known now":                  {at(126), agent.Agent{}, agent.Unsure},
		"an agent that was not known before":              {agent.Agent{}, at(126), agent.Unsure},
		"another release of the system alone is the same": {at(126), at(126).Refine(agent.Hints{Platform: `"Windows"`, PlatformVersion: `"15.0.0"`}), agent.Same},
	} {
		t.Run(name, func(t *testing.T) {
			if got := agent.Compare(c.before, c.now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	t.Run("one way is the other way back", rapid.MakeCheck(func(t *rapid.T) {
		a, b := at(rapid.Uint16().Draw(t, "a")), at(rapid.Uint16().Draw(t, "b"))
		back := map[agent.Direction]agent.Direction{
			agent.Unsure: agent.Unsure, agent.Same: agent.Same,
			agent.Forward: agent.Backward, agent.Backward: agent.Forward,
		}
		if got, want := agent.Compare(b, a), back[agent.Compare(a, b)]; got != want {
			t.Errorf("from %d to %d %v, and back %v", a.Major, b.Major, agent.Compare(a, b), got)
		}
	}))
}

func TestWords(t *testing.T) {
	for d, want := range map[agent.Direction]string{
		agent.Unsure: "unknown", agent.Same: "same", agent.Forward: "forward",
		agent.Backward: "backward", agent.FamilyChanged: "family changed",
	} {
		if d.String() != want {
			t.Errorf("direction %d is %q, want %q", d, d, want)
		}
	}
	for c, want := range map[agent.Class]string{
		agent.Unknown: "unknown", agent.Desktop: "desktop", agent.Mobile: "mobile", agent.Tablet: "tablet",
		agent.TV: "tv", agent.Console: "console", agent.Tool: "tool", agent.Bot: "bot",
	} {
		if c.String() != want {
			t.Errorf("class %d is %q, want %q", c, c, want)
		}
	}
}
