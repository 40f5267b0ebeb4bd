package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"syscall"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

const password = "Correct-Horse-7-battery"

// measureSignIn loads the server with sign-ins, refreshes and reads of the own user.
func measureSignIn(ctx context.Context, o options, out figures) error {
	return onServer(ctx, o, func(p *process) error { return loadSignIns(ctx, o, out, p) })
}

func loadSignIns(ctx context.Context, o options, out figures, p *process) error {
	a := newAPI(p.url)
	client, err := makePool(ctx, a, 64)
	if err != nil {
		return err
	}
	var tokens struct {
		AuthenticationResult struct{ AccessToken, RefreshToken string }
	}
	signIn := func(n int) error {
		return a.call(ctx, "InitiateAuth", object{
			"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
			"AuthParameters": object{"USERNAME": userName(n), "PASSWORD": password},
		}, nil)
	}
	if err := a.call(ctx, "InitiateAuth", object{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
		"AuthParameters": object{"USERNAME": userName(0), "PASSWORD": password},
	}, &tokens); err != nil {
		return err
	}
	if _, err := drive(ctx, p, 8, time.Second, signIn); err != nil { // warm up
		return err
	}

	// The floor is measured before and after, and the mean taken: the machine drifts.
	floor := measureFloor()
	one, err := drive(ctx, p, 1, o.seconds, signIn)
	if err != nil {
		return err
	}
	floor = (floor + measureFloor()) / 2
	out.line("floor of a sign-in: 2 RSA-2048 + 1 fixed base", "%v CPU", floor.Round(time.Microsecond))
	out.line("sign-in with 1 client", "%v CPU, %.2f x the floor (goal 1.30)",
		one.cpuPerCall().Round(time.Microsecond), float64(one.cpuPerCall())/float64(floor))
	report(out, "sign-in, 1 client", one)
	for _, n := range []int{8, 64} {
		l, err := drive(ctx, p, n, o.seconds, signIn)
		if err != nil {
			return err
		}
		report(out, fmt.Sprintf("sign-in, %d clients", n), l)
	}
	for name, call := range map[string]func(int) error{
		"GetUser": func(int) error {
			return a.call(ctx, "GetUser", object{"AccessToken": tokens.AuthenticationResult.AccessToken}, nil)
		},
		"refresh": func(int) error {
			return a.call(ctx, "InitiateAuth", object{
				"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client,
				"AuthParameters": object{"REFRESH_TOKEN": tokens.AuthenticationResult.RefreshToken},
			}, nil)
		},
	} {
		l, err := drive(ctx, p, 8, o.seconds, call)
		if err != nil {
			return err
		}
		report(out, name+", 8 clients", l)
	}
	return nil
}

func report(out figures, name string, l load) {
	out.line(name, "%.0f/s, p50 %v, p99 %v, server CPU %v", l.rate(),
		l.p50.Round(10*time.Microsecond), l.p99.Round(10*time.Microsecond), l.cpuPerCall().Round(time.Microsecond))
}

func userName(n int) string { return fmt.Sprintf("user%04d", n) }

// makePool makes a pool with a client and n confirmed users.
func makePool(ctx context.Context, a *api, n int) (client string, err error) {
	var pool struct{ UserPool struct{ Id string } }
	var made struct{ UserPoolClient struct{ ClientId string } }
	if err := a.call(ctx, "CreateUserPool", object{"PoolName": "bench"}, &pool); err != nil {
		return "", err
	}
	id := pool.UserPool.Id
	if err := a.call(ctx, "CreateUserPoolClient", object{
		"UserPoolId": id, "ClientName": "bench",
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &made); err != nil {
		return "", err
	}
	for i := range n {
		if err := a.call(ctx, "AdminCreateUser", object{"UserPoolId": id, "Username": userName(i), "MessageAction": "SUPPRESS"}, nil); err != nil {
			return "", err
		}
		if err := a.call(ctx, "AdminSetUserPassword", object{"UserPoolId": id, "Username": userName(i), "Password": password, "Permanent": true}, nil); err != nil {
			return "", err
		}
	}
	return made.UserPoolClient.ClientId, nil
}

// measureFloor is the cryptography that no sign-in can do without: two RSA-2048
// signatures, and one exponentiation with the fixed base.
func measureFloor() time.Duration {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	digest := sha256.Sum256([]byte("claims"))
	salt := make([]byte, srp.SaltBytes)
	srp.Warm()
	const rounds = 400
	began := ownCPU()
	for range rounds {
		for range 2 {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
				panic(err)
			}
		}
		srp.Compute(salt, "pool", "user", password)
	}
	return (ownCPU() - began) / rounds
}

// ownCPU is the processor time of this process: on a machine that others use
// too, the clock on the wall would measure them.
func ownCPU() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
