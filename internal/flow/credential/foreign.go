package credential

import (
	"context"
	"encoding/binary"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

// Adopt makes the record of a user who comes with a password hash of another
// system (see part/password). cost is for tx.AddForeign. The user must have its
// PoolID and Sub. The error says what is wrong with the hash, without telling it.
func (k *Keeper) Adopt(u *model.User, hash string) (box []byte, cost string, err error) {
	if cost, err = password.CheckForeign(hash); err != nil {
		return nil, "", err
	}
	return k.seal(u, &model.Credential{Scheme: model.SchemeForeign, PHC: hash, SetAt: k.cfg.Now().UnixMicro()}), cost, nil
}

// ForeignCost is the cost of a user's hash of another system, "" where there is none.
func (k *Keeper) ForeignCost(u *model.User) string {
	c, err := k.Open(u)
	if err != nil || c.Scheme != model.SchemeForeign {
		return ""
	}
	cost, _ := password.CheckForeign(c.PHC) //nolint:errcheck // a hash that cannot be read is counted nowhere
	return cost
}

// PretendUnknown is Pretend for a name that nobody has. Hashes of other systems
// take a time of their own, by which the clock would tell who still has one, and
// so exists: as large a part of the unknown names takes that time too, each name
// always the same.
func (k *Keeper) PretendUnknown(ctx context.Context, p *model.Pool, name, plain string) error {
	if cost := k.costOfNobody(p, name); cost != "" {
		_, err := k.cfg.Hasher.VerifyForeign(ctx, cost, plain)
		return err
	}
	return k.Pretend(ctx, p, plain)
}

func (k *Keeper) costOfNobody(p *model.Pool, name string) string {
	if len(p.Foreign) == 0 {
		return ""
	}
	drawn := float64(binary.BigEndian.Uint32(k.cfg.Ring.Derive("unknown user cost", p.ID, p.Fold(name)))) / (1 << 32)
	for _, f := range p.Foreign {
		if drawn < f.Share {
			return f.Cost
		}
		drawn -= f.Share
	}
	return ""
}
