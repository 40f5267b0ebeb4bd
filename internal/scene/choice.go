package scene

import "context"

// userAuthSRP begins USER_AUTH with PASSWORD_SRP as the preferred challenge and,
// with a password, goes on to prove it, as srp does.
func (w *world) userAuthSRP(ctx context.Context, rest string) error {
	return w.srpBy(ctx, rest, "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "PASSWORD_SRP"})
}

// customSRP begins CUSTOM_AUTH with SRP_A and, with a password, goes on to prove it, as srp does.
func (w *world) customSRP(ctx context.Context, rest string) error {
	return w.srpBy(ctx, rest, "CUSTOM_AUTH", map[string]string{"CHALLENGE_NAME": "SRP_A"})
}
