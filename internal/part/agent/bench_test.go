package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

// BenchmarkParse takes the agents of the corpus in turn, then the most common
// kinds alone, then what is made to take long.
func BenchmarkParse(b *testing.B) {
	b.Run("corpus", func(b *testing.B) {
		rows := corpus(b)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			agent.Parse(rows[i%len(rows)].agent)
		}
	})
	for name, text := range map[string]string{
		"chrome":      chromeOnWindows,
		"facebook":    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBIOS;FBAV/468.0.0.41.113;FBBV/611475410;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5;FBRV/613508246;IABMV/1]",
		"hostile-1MB": strings.Repeat("a/b/c (I a/d;P;+x) ", 1<<20/19),
		"hostile-bot": strings.Repeat("bobobobobobobobobobobobobobobobo/1 ", 30),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				agent.Parse(text)
			}
		})
	}
}

func BenchmarkRefine(b *testing.B) {
	a := agent.Parse(chromeOnWindows)
	h := agent.Hints{
		Brands:          `"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"`,
		FullVersionList: `"Not/A)Brand";v="8.0.0.0", "Chromium";v="126.0.6478.127", "Google Chrome";v="126.0.6478.127"`,
		Platform:        `"Windows"`, PlatformVersion: `"15.0.0"`, Mobile: "?0", Model: `""`,
	}
	b.ReportAllocs()
	for b.Loop() {
		a.Refine(h)
	}
}

// BenchmarkCache measures a hit, by one and by all processors, and a miss in a
// flood of made-up agents.
func BenchmarkCache(b *testing.B) {
	rows := corpus(b)
	c := agent.NewCache(0)
	for range 20 {
		for _, r := range rows {
			c.Parse(r.agent)
		}
	}
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.Parse(rows[i%len(rows)].agent)
		}
	})
	b.Run("hit-parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for i := 0; p.Next(); i++ {
				c.Parse(rows[i%len(rows)].agent)
			}
		})
	})
	b.Run("flood", func(b *testing.B) {
		flood := make([]string, 1<<16)
		for i := range flood {
			flood[i] = strings.Replace(chromeOnWindows, "126", fmt.Sprint(i), 1)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.Parse(flood[i&(1<<16-1)])
		}
	})
}
