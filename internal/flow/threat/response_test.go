package threat_test

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// blocking is a pool that blocks ranges of addresses.
func blocking(ranges ...string) *model.Pool {
	return poolIn(model.ModeEnforced, &model.RiskConfiguration{
		Exceptions: &shape.RiskExceptionConfigurationType{BlockedIPRangeList: ranges},
	})
}

// A blocked range holds the addresses that differ from it in host bits alone, however either is written.
func TestBlockedRanges(t *testing.T) {
	judge := threat.New(threat.Config{Ring: sealtest.Ring(t)})
	rapid.Check(t, func(t *rapid.T) {
		four := rapid.Bool().Draw(t, "IPv4")
		size := 16
		if four {
			size = 4
		}
		base := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "base")
		bits := rapid.IntRange(0, size*8).Draw(t, "bits")
		other := append([]byte(nil), base...)
		flip := rapid.IntRange(-1, size*8-1).Draw(t, "flip")
		if flip >= 0 {
			other[flip/8] ^= 0x80 >> (flip % 8)
		}
		a, _ := netip.AddrFromSlice(base)
		b, _ := netip.AddrFromSlice(other)
		if a.Is4In6() || b.Is4In6() {
			t.Skip("an IPv4 address that is drawn as IPv6")
		}
		text, asked := netip.PrefixFrom(a, bits).String(), b.String()
		if four && rapid.Bool().Draw(t, "range inside IPv6") {
			text = fmt.Sprintf("::ffff:%s/%d", a, 96+bits)
		}
		if four && rapid.Bool().Draw(t, "address inside IPv6") {
			asked = "::ffff:" + asked
		}
		want := flip < 0 || flip >= bits
		if got := judge.Blocks(blocking(text), nil, asked); got != want {
			t.Errorf("%s holds %s: %v", text, asked, got)
		}
	})
}

func TestBlocks(t *testing.T) {
	judge := threat.New(threat.Config{Ring: sealtest.Ring(t)})
	pool := blocking("198.51.100.0/24", "no range")
	client := &model.Client{ID: "app", Risk: &model.RiskConfiguration{}}
	audit := blocking("198.51.100.0/24")
	audit.Doc.UserPoolAddOns.AdvancedSecurityMode = new(string(model.ModeAudit))
	for _, c := range []struct {
		story string
		pool  *model.Pool
		c     *model.Client
		ip    string
		want  bool
	}{
		{"an address of the range", pool, nil, "198.51.100.7", true},
		{"another address", pool, nil, "198.51.101.7", false},
		{"an address that is none", pool, nil, "198.51.100", false},
		{"no address", pool, nil, "", false},
		{"a client with a configuration of its own", pool, client, "198.51.100.7", false},
		{"a client without", pool, &model.Client{ID: "other"}, "198.51.100.7", true},
		{"in AUDIT", audit, nil, "198.51.100.7", false},
	} {
		t.Run(c.story, func(t *testing.T) {
			if got := judge.Blocks(c.pool, c.c, c.ip); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
