package agent_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/agent"
)

func TestCacheAnswersAsParseDoes(t *testing.T) {
	for name, c := range map[string]*agent.Cache{
		"a cache of the usual size": agent.NewCache(0),
		"the smallest cache":        agent.NewCache(1),
		"no cache":                  nil,
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				for _, r := range corpus(t) {
					if got, want := c.Parse(r.agent), agent.Parse(r.agent); got != want {
						t.Fatalf("%q: got %+v, want %+v", r.agent, got, want)
					}
				}
			}
		})
	}
}

func TestCacheKeeps(t *testing.T) {
	t.Run("what comes a second time", func(t *testing.T) {
		c := agent.NewCache(0)
		c.Parse(chromeOnWindows)
		if c.Holds(chromeOnWindows) {
			t.Error("an agent was kept that came once")
		}
		c.Parse(chromeOnWindows)
		if !c.Holds(chromeOnWindows) {
			t.Error("an agent that came twice was not kept")
		}
	})
	t.Run("an empty agent too", func(t *testing.T) {
		c := agent.NewCache(0)
		c.Parse("")
		c.Parse("")
		if !c.Holds("") {
			t.Error("the empty agent was not kept")
		}
	})
	t.Run("nothing of more than 512 bytes", func(t *testing.T) {
		c := agent.NewCache(0)
		fits := strings.Repeat("x", 512)
		for range 20 {
			c.Parse(fits)
			c.Parse(fits + "x")
		}
		if !c.Holds(fits) || c.Holds(fits+"x") {
			t.Errorf("512 bytes kept: %v, 513 bytes kept: %v, want true and false", c.Holds(fits), c.Holds(fits+"x"))
		}
	})
	t.Run("a new agent in the place of one that is used no more", func(t *testing.T) {
		c := agent.NewCache(8)
		for i := range 8 {
			for range 20 {
				c.Parse(fmt.Sprintf("old/%d", i))
			}
		}
		for range 8 * 20 { // at most what the eight were worth
			c.Parse(chromeOnWindows)
		}
		if !c.Holds(chromeOnWindows) {
			t.Error("the agent that everybody uses now was not taken in")
		}
	})
}

// everyday fills a cache with agents that are used again and again.
func everyday(c *agent.Cache) []string {
	popular := make([]string, 200)
	for i := range popular {
		popular[i] = strings.Replace(chromeOnWindows, "126", fmt.Sprint(100+i), 1)
		for range 20 {
			c.Parse(popular[i])
		}
	}
	return popular
}

func held(c *agent.Cache, agents []string) int {
	n := 0
	for _, a := range agents {
		if c.Holds(a) {
			n++
		}
	}
	return n
}

func TestFlood(t *testing.T) {
	t.Run("agents that come once move nothing and cost no memory", func(t *testing.T) {
		c := agent.NewCache(0)
		popular := everyday(c)
		entries, bytes := c.Size()
		for i := range 200_000 {
			c.Parse(fmt.Sprintf("flood/%d", i))
		}
		if n := held(c, popular); n != len(popular) {
			t.Errorf("%d of %d everyday agents are left", n, len(popular))
		}
		if e, b := c.Size(); e != entries || b != bytes {
			t.Errorf("the flood left %d entries and %d bytes, before it were %d and %d", e, b, entries, bytes)
		}
	})
	t.Run("agents that come twice do not push out what is used", func(t *testing.T) {
		c := agent.NewCache(0)
		popular := everyday(c)
		order := rand.New(rand.NewPCG(4, 2))
		for i := range 200_000 {
			c.Parse(fmt.Sprintf("flood/%d", i))
			c.Parse(fmt.Sprintf("flood/%d", i))
			c.Parse(popular[order.IntN(len(popular))]) // one honest request in three
		}
		if n := held(c, popular); n < len(popular)*95/100 {
			t.Errorf("%d of %d everyday agents are left", n, len(popular))
		}
	})
	t.Run("the size has a bound whatever comes", func(t *testing.T) {
		c := agent.NewCache(64)
		for i := range 20_000 {
			c.Parse(fmt.Sprintf("flood/%0506d", i/40))
		}
		if entries, bytes := c.Size(); entries > 64 || bytes > 64*512 || entries < 32 {
			t.Errorf("%d entries of %d bytes, want 32 to 64 of at most %d", entries, bytes, 64*512)
		}
	})
}

func TestCacheByManyAtOnce(t *testing.T) {
	c := agent.NewCache(64)
	rows := corpus(t)
	want := make([]agent.Agent, len(rows))
	for i, r := range rows {
		want[i] = agent.Parse(r.agent)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			order := rand.New(rand.NewPCG(uint64(g), 1))
			for range 20_000 {
				i := order.IntN(len(rows))
				if got := c.Parse(rows[i].agent); got != want[i] {
					t.Errorf("%q: got %+v, want %+v", rows[i].agent, got, want[i])
					return
				}
			}
		})
	}
	all.Wait()
}

func TestCacheHitDoesNotAllocate(t *testing.T) {
	c := agent.NewCache(0)
	if n := testing.AllocsPerRun(100, func() { c.Parse(chromeOnWindows) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
