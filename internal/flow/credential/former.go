package credential

import "github.com/gatehouse-id/gatehouse/internal/base/model"

// Await makes the record of a user whose password is asked for at the former pool.
// No password is right until one was found right there. An administrator who
// resets the password takes the record away, and with it the former password.
func (k *Keeper) Await(u *model.User) []byte {
	return k.seal(u, &model.Credential{Scheme: model.SchemeFormer, SetAt: k.cfg.Now().UnixMicro()})
}

// Awaits tells whether the user has such a record.
func (k *Keeper) Awaits(u *model.User) bool {
	c, err := k.Open(u)
	return err == nil && c.Scheme == model.SchemeFormer
}
