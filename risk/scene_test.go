package risk

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The scenes in testdata are stories in text, a file for each detector. A line is
//
//	name = KEY=VALUE ...                          a context, to be named below
//	context + KEY=VALUE ... (in any line)         that context, changed
//	off DETECTOR ... | preset NAME                 another policy, from a fresh start
//	story WORDS                                   a fresh start, and the name of the test
//	+DURATION [Nx] USER CONTEXT OUTCOME [=> LEVEL CODE ... !CODE ...]
//
// The duration passes before each of the N attempts; % in a user or a value is the
// number of the attempt. OUTCOME is one of Outcome's, or probe, which teaches
// nothing. LEVEL may be <=low or >=medium; each CODE must be among the reasons and
// each !CODE must not.
type scene struct {
	t        *testing.T
	e        *Engine
	w        *World
	profiles map[string]*Profile
	contexts map[string][]string
	now      time.Time
}

func TestScenes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("scenes: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type story struct {
		name  string
		lines map[int]string
	}
	contexts := map[string][]string{}
	var stories []story
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		switch fields := strings.Fields(line); {
		case len(fields) == 0:
		case fields[0] == "story":
			stories = append(stories, story{strings.Join(fields[1:], " "), map[int]string{}})
		case len(fields) > 2 && fields[1] == "=":
			contexts[fields[0]] = fields[2:]
		default:
			if len(stories) == 0 {
				t.Fatalf("%s:%d: before any story", file, n)
			}
			stories[len(stories)-1].lines[n] = line
		}
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			sc := &scene{t: t, contexts: contexts}
			sc.begin(DefaultPolicy())
			numbers := make([]int, 0, len(s.lines))
			for n := range s.lines {
				numbers = append(numbers, n)
			}
			slices.Sort(numbers)
			for _, n := range numbers {
				sc.play(fmt.Sprintf("%s:%d", file, n), strings.Fields(s.lines[n]))
			}
		})
	}
}

func (s *scene) begin(p Policy) {
	e, err := New(Config{Key: Key{7}, Policy: &p})
	if err != nil {
		s.t.Fatal(err)
	}
	s.e, s.w, s.profiles = e, NewWorld(WorldConfig{Addresses: 1 << 12}), map[string]*Profile{}
	s.now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
}

func (s *scene) play(where string, f []string) {
	s.t.Helper()
	switch f[0] {
	case "off":
		p := DefaultPolicy()
		for _, name := range f[1:] {
			switchOff(s.t, &p, name)
		}
		s.begin(p)
		return
	case "preset":
		p, ok := Preset(f[1])
		if !ok {
			s.t.Fatalf("%s: no preset %s", where, f[1])
		}
		s.begin(p)
		return
	}
	step, err := time.ParseDuration(strings.TrimPrefix(f[0], "+"))
	if err != nil {
		s.t.Fatalf("%s: %v", where, err)
	}
	f = f[1:]
	times := 1
	if n, ok := strings.CutSuffix(f[0], "x"); ok {
		if times, err = strconv.Atoi(n); err == nil {
			f = f[1:]
		} else {
			times = 1
		}
	}
	user, f := f[0], f[1:]
	var expect []string
	if at := slices.Index(f, "=>"); at >= 0 {
		f, expect = f[:at], f[at+1:]
	}
	outcome, contexts := f[len(f)-1], f[:len(f)-1]
	for i := range times {
		s.now = s.now.Add(step)
		s.attempt(where, number(user, i), s.build(where, contexts, i), outcome, expect)
	}
}

func number(s string, i int) string { return strings.ReplaceAll(s, "%", strconv.Itoa(i)) }

func (s *scene) attempt(where, user string, a *Attempt, outcome string, expect []string) {
	s.t.Helper()
	p := s.profiles[user]
	if p == nil {
		p = new(Profile)
		s.profiles[user] = p
	}
	a.User, a.Time = user, s.now
	got := s.e.Assess(a, p, s.w)
	s.expect(where, &got, expect)
	if outcome == "probe" {
		return
	}
	o, ok := ParseOutcome(outcome)
	if !ok {
		s.t.Fatalf("%s: no outcome %s", where, outcome)
	}
	s.e.Learn(a, p, s.w, o, got.Level)
}

func (s *scene) expect(where string, got *Assessment, expect []string) {
	s.t.Helper()
	if len(expect) == 0 {
		return
	}
	ok := false
	switch level := expect[0]; {
	case strings.HasPrefix(level, "<="):
		ok = got.Level <= levelOf(s.t, level[2:])
	case strings.HasPrefix(level, ">="):
		ok = got.Level >= levelOf(s.t, level[2:])
	default:
		ok = got.Level == levelOf(s.t, level)
	}
	if !ok {
		s.t.Errorf("%s: got %v (score %.2f, evidence %.2f), want %s\n%s", where, got.Level, got.Score, got.Evidence, expect[0], told4(got))
	}
	for _, code := range expect[1:] {
		name, absent := strings.CutPrefix(code, "!")
		var c Code
		if err := c.UnmarshalText([]byte(name)); err != nil {
			s.t.Fatalf("%s: %v", where, err)
		}
		if _, found := got.Reason(c); found == absent {
			s.t.Errorf("%s: reason %s found: %v\n%s", where, name, found, told4(got))
		}
	}
	if got.Level != s.e.model.level(got.Score) || math.IsNaN(got.Score) {
		s.t.Errorf("%s: level %v and score %v disagree", where, got.Level, got.Score)
	}
}

func told4(a *Assessment) string {
	var b strings.Builder
	for _, r := range a.Reasons() {
		fmt.Fprintf(&b, "\t%-22s %+6.2f %v  %s\n", r.Code, r.Nats, r.Floor, r.Text())
	}
	return b.String()
}

func levelOf(t *testing.T, name string) Level {
	t.Helper()
	var l Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		t.Fatal(err)
	}
	return l
}

// build joins contexts and changes from left to right.
func (s *scene) build(where string, parts []string, i int) *Attempt {
	s.t.Helper()
	a := new(Attempt)
	var apply func([]string)
	apply = func(parts []string) {
		for _, part := range parts {
			if part == "+" {
				continue
			}
			if key, value, ok := strings.Cut(part, "="); ok {
				if err := set(a, key, number(value, i)); err != nil {
					s.t.Fatalf("%s: %s: %v", where, part, err)
				}
				continue
			}
			context, ok := s.contexts[part]
			if !ok {
				s.t.Fatalf("%s: no context %s", where, part)
			}
			apply(context)
		}
	}
	apply(parts)
	return a
}

func set(a *Attempt, key, value string) (err error) {
	switch key {
	case "ip":
		a.Address, err = netip.ParseAddr(value)
	case "ipn": // a base address and a number to add
		base, n, _ := strings.Cut(value, "+")
		a.Address, err = netip.ParseAddr(base)
		k, bad := strconv.Atoi(n)
		b := a.Address.As4()
		b[2], b[3] = b[2]+byte(k>>8), b[3]+byte(k)
		a.Address = netip.AddrFrom4(b)
		if bad != nil {
			err = bad
		}
	case "country":
		a.Place.Country = value
	case "city":
		a.Place.City = value
	case "at":
		if value == "" {
			a.Place.Located = false
			return nil
		}
		_, err = fmt.Sscanf(value, "%f,%f", &a.Place.Lat, &a.Place.Lon)
		a.Place.Located = true
	case "radius":
		a.Place.RadiusKm, err = strconv.ParseFloat(value, 64)
	case "asn":
		var n uint64
		n, err = strconv.ParseUint(value, 10, 32)
		a.Place.ASN = uint32(n)
	case "net":
		n, ok := ParseNetwork(value)
		if !ok {
			return fmt.Errorf("no network %s", value)
		}
		a.Place.Network = n
	case "agent": // Family/major/OS
		if value == "" {
			a.Agent = Agent{}
			return nil
		}
		f := strings.Split(value, "/")
		a.Agent.Family, a.Agent.OS, a.Agent.Class = f[0], f[2], "desktop"
		if f[2] == "iOS" || f[2] == "Android" {
			a.Agent.Class = "mobile"
		}
		a.Agent.Major, err = strconv.Atoi(f[1])
		h := fnv.New64a()
		h.Write([]byte(value))
		a.Agent.Hash = h.Sum64()
		a.Agent.Automation = a.Agent.OS == "tool"
	case "device": // key:trust, or nothing
		name, trust, _ := strings.Cut(value, ":")
		a.Device.Key = name
		a.Device.Trust, _ = ParseTrust(trust)
	case "zone":
		var n int
		n, err = strconv.Atoi(value)
		a.Zone = ZoneOf(n)
	case "password":
		a.Password, err = strconv.ParseUint(value, 10, 64)
	case "travelling":
		a.Travelling = value == "yes"
	default:
		return fmt.Errorf("no key %s", key)
	}
	return err
}

func switchOff(t *testing.T, p *Policy, name string) {
	t.Helper()
	for switchName, on := range map[string]*bool{
		"impossible_travel": &p.ImpossibleTravel.On, "unusual_location": &p.UnusualLocation.On, "new_device": &p.NewDevice.On,
		"unusual_agent": &p.UnusualAgent.On, "unusual_hour": &p.UnusualHour.On, "brute_force": &p.BruteForce.On,
		"credential_stuffing": &p.CredentialStuffing.On, "network_reputation": &p.NetworkReputation.On, "statistical_anomaly": &p.Anomaly.On,
	} {
		if switchName == name {
			*on = false
			return
		}
	}
	t.Fatalf("no detector %s", name)
}
