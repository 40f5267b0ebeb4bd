package geo

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/geo/atlas"
	"github.com/gatehouse-id/gatehouse/internal/part/geo/mmdbtest"
)

// examples are one source of each kind, all of which hold the two networks held.
func examples(t *testing.T) map[string]source {
	t.Helper()
	all := map[string]source{}
	for name, x := range layouts {
		d, err := NewDatabase(mmdbtest.File("test", map[string]fields{held[0]: x.record, held[1]: x.record}))
		if err != nil {
			t.Fatal(err)
		}
		all["database, "+name] = d
	}
	l, err := ReadList(strings.NewReader(held[0]+",NO,,Oslo\n"+held[1]+"\n"), "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	all["list"] = listSource{l.located(), VPN}
	first := netip.MustParsePrefix(held[0])
	file, err := atlas.Build(atlas.Contents{
		Built: time.Unix(0, 0), Places: []atlas.Place{{Country: "NO", City: "Oslo", Lat: 59.91, Lon: 10.75, Located: true}},
		V4: []atlas.Range{{Key: key4(first.Addr()), Place: 1}, {Key: key4(lastOf(first)) + 1}},
		V6: []atlas.Range{{Key: 0x2a000db8 << 32, Place: 1}, {Key: (0x2a000db8 + 1) << 32}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := atlas.Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	all["atlas"] = mapped{a}
	builtin, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	all["built-in atlas"] = mapped{builtin}
	return all
}

// held are the networks that every example knows.
var held = [2]string{"192.0.3.0/24", "2a00:db8::/32"}

func key4(a netip.Addr) uint64 {
	b := a.As4()
	return uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
}

// TestEverySourceKeepsTheContract holds all sources to what the interface says.
func TestEverySourceKeepsTheContract(t *testing.T) {
	for name, s := range examples(t) {
		t.Run(name, func(t *testing.T) {
			if name != "built-in atlas" {
				for _, text := range []string{"192.0.3.0", "192.0.3.255", "2a00:db8::", "2a00:db8:ffff:ffff:ffff:ffff:ffff:ffff"} {
					if s.Lookup(netip.MustParseAddr(text)) == (Record{}) {
						t.Errorf("%s is not known", text)
					}
				}
				for _, text := range []string{"0.0.0.0", "192.0.2.255", "192.0.4.0", "255.255.255.255", "2a00:db7:ffff::", "2a00:db9::", "::", "ffff::"} {
					if r := s.Lookup(netip.MustParseAddr(text)); r != (Record{}) {
						t.Errorf("%s is %+v, want nothing", text, r)
					}
				}
			}
			if r := s.Lookup(netip.Addr{}); r != (Record{}) {
				t.Errorf("no address at all is %+v, want nothing", r)
			}
			var all sync.WaitGroup
			for seed := range uint64(4) {
				all.Go(func() {
					dice := rand.New(rand.NewPCG(seed, 0))
					for range 2000 {
						sound(t, s.Lookup(random4(dice)))
						sound(t, s.Lookup(random6(dice)))
						sound(t, s.Lookup(netip.MustParseAddr("192.0.3.7")))
					}
				})
			}
			all.Wait()
			// Known once, an answer costs no memory.
			addr := netip.MustParseAddr("192.0.3.7")
			if n := testing.AllocsPerRun(100, func() { s.Lookup(addr) }); n != 0 {
				t.Errorf("%v allocations for a lookup, want 0", n)
			}
		})
	}
}

// write puts a file into a folder and answers its path.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
