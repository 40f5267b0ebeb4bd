package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// leaked is a password that satisfies the pool's policy and that everybody knows.
const leaked = "Password123!"

const (
	annMail = "ann@example.com"
	// mailWait bounds how long the story waits for the outbox.
	mailWait = 10 * time.Second
)

// story plays ann, bob and carol against the server and tells what it answered. An
// answer that is not the one expected ends it with an error. It returns ann's
// password, which works from then on.
func (d *demo) story(ctx context.Context, out io.Writer) (string, error) {
	good, err := drawPassword(d.rand)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"ann", "bob", "carol"} { // of the last start
		var gone *refusal
		err := d.api.call(ctx, "AdminDeleteUser", body{"UserPoolId": d.pool, "Username": name}, nil)
		if err != nil && (!errors.As(err, &gone) || gone.Type != "UserNotFoundException") {
			return "", err
		}
	}

	t := &teller{demo: d, out: out}
	t.refused(ctx, "ann signs up with the password "+leaked, "InvalidPasswordException",
		"SignUp", d.signUp("ann", annMail, leaked))
	t.signUp(ctx, good)
	t.signInBySRP(ctx, "ann", good)
	t.signInByPassword(ctx, "ann", good)
	t.makeBob(ctx)
	t.refused(ctx, "bob signs in with it", "PasswordResetRequiredException",
		"InitiateAuth", d.byPassword("bob", leaked))
	t.status(ctx, "bob", "RESET_REQUIRED")
	t.travel(ctx, good)
	return good, t.err
}

// plain is what may stand between quotes in a shell, in the AWS CLI's
// shorthand, in Python and in JavaScript without being anything but itself.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9!?+-]*$`)

func drawPassword(rand io.Reader) (string, error) {
	for range 1000 { // about ten are enough
		drawn, err := password.Default().Temporary(rand)
		if err != nil || plain.MatchString(drawn) {
			return drawn, err
		}
	}
	return "", errors.New("draw a password: the source of randomness repeats itself")
}

func (d *demo) signUp(name, mail, password string) body {
	return body{
		"ClientId": d.client, "Username": name, "Password": password,
		"UserAttributes": []body{{"Name": "email", "Value": mail}},
	}
}

func (d *demo) byPassword(name, password string) body {
	return body{
		"ClientId": d.client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": body{"USERNAME": name, "PASSWORD": password},
	}
}

// teller tells what happens while it happens. After the first answer that was
// not expected it does nothing more.
type teller struct {
	*demo
	out io.Writer
	err error
}

// tell says what somebody does, does it, and says what came of it.
func (t *teller) tell(what string, do func() (string, error)) {
	if t.err != nil {
		return
	}
	fmt.Fprintf(t.out, "  %s\n", what)
	answer, err := do()
	if err != nil {
		fmt.Fprintf(t.out, "    %v\n", err)
		t.err = fmt.Errorf("the demo's story went wrong where %s: %w", what, err)
		return
	}
	fmt.Fprintf(t.out, "    %s\n", answer)
}

// refused expects this refusal and no other.
func (t *teller) refused(ctx context.Context, what, want, operation string, in body) {
	t.tell(what, func() (string, error) {
		err := t.api.call(ctx, operation, in, nil)
		var got *refusal
		switch {
		case err == nil:
			return "", fmt.Errorf("200, but %s was expected", want)
		case errors.As(err, &got) && got.Type == want:
			return got.Error(), nil
		}
		return "", fmt.Errorf("%w, but %s was expected", err, want)
	})
}

// signUp brings ann in, by the code that she is sent.
func (t *teller) signUp(ctx context.Context, password string) {
	seen := map[string]bool{}
	t.tell("ann signs up with a good password", func() (string, error) {
		before, err := t.api.letters(ctx, annMail)
		if err != nil {
			return "", err
		}
		for _, l := range before {
			seen[l.ID] = true
		}
		var answer struct {
			CodeDeliveryDetails struct{ Destination string }
		}
		err = t.api.call(ctx, "SignUp", t.demo.signUp("ann", annMail, password), &answer)
		return "200  a code is on its way to " + answer.CodeDeliveryDetails.Destination, err
	})
	t.tell("ann reads the code in the mailbox and confirms", func() (string, error) {
		code, err := t.code(ctx, seen)
		if err != nil {
			return "", err
		}
		err = t.api.call(ctx, "ConfirmSignUp", body{"ClientId": t.client, "Username": "ann", "ConfirmationCode": code}, nil)
		return "200  with the code " + code, err
	})
}

var codePattern = regexp.MustCompile(`\b[0-9]{6}\b`)

// code waits for a message that was not there before.
func (t *teller) code(ctx context.Context, seen map[string]bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mailWait)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := t.api.letters(ctx, annMail)
		if err != nil {
			return "", err
		}
		for _, l := range list {
			if code := codePattern.FindString(l.Text); code != "" && l.Pool == t.pool && !seen[l.ID] {
				return code, nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", fmt.Errorf("no code arrived: %w", ctx.Err())
		}
	}
}

// makeBob lets an administrator make a user with a leaked password: like
// Cognito, only what users choose themselves is checked when it is set.
func (t *teller) makeBob(ctx context.Context) {
	t.tell("an administrator makes bob, with the password "+leaked, func() (string, error) {
		err := t.api.call(ctx, "AdminCreateUser", body{
			"UserPoolId": t.pool, "Username": "bob", "MessageAction": "SUPPRESS",
		}, nil)
		if err != nil {
			return "", err
		}
		err = t.api.call(ctx, "AdminSetUserPassword", body{
			"UserPoolId": t.pool, "Username": "bob", "Password": leaked, "Permanent": true,
		}, nil)
		return "200  as in Cognito, what an administrator sets is not looked up", err
	})
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	ChallengeName        string
	ChallengeParameters  map[string]string
	Session              string
	AuthenticationResult struct {
		AccessToken, IdToken, RefreshToken string
		ExpiresIn                          int
	}
}

// tokens describes the tokens of an answer that must have them.
func (s *signedIn) tokens() (string, error) {
	r := s.AuthenticationResult
	if r.AccessToken == "" || r.IdToken == "" || r.RefreshToken == "" {
		return "", fmt.Errorf("200, but with the challenge %q instead of three tokens", s.ChallengeName)
	}
	return fmt.Sprintf("200  an ID and an access token for %d minutes, and a refresh token", r.ExpiresIn/60), nil
}

func (t *teller) signInByPassword(ctx context.Context, name, password string) {
	t.tell(name+" signs in by password", func() (string, error) {
		var answer signedIn
		if err := t.api.call(ctx, "InitiateAuth", t.byPassword(name, password), &answer); err != nil {
			return "", err
		}
		return answer.tokens()
	})
}

func (t *teller) signInBySRP(ctx context.Context, name, password string) {
	t.tell(name+" signs in by SRP: the password does not leave her machine", func() (string, error) {
		_, poolName, _ := strings.Cut(t.pool, "_")
		client, err := srp.NewClient(t.rand, poolName)
		if err != nil {
			return "", err
		}
		var challenge, answer signedIn
		err = t.api.call(ctx, "InitiateAuth", body{
			"ClientId": t.client, "AuthFlow": "USER_SRP_AUTH",
			"AuthParameters": body{"USERNAME": name, "SRP_A": client.A()},
		}, &challenge)
		if err != nil {
			return "", err
		}
		proof, err := client.Answer(challenge.ChallengeParameters, password, time.Now())
		if err != nil {
			return "", err
		}
		in := body{"ClientId": t.client, "ChallengeName": challenge.ChallengeName, "ChallengeResponses": proof}
		if challenge.Session != "" {
			in["Session"] = challenge.Session
		}
		if err := t.api.call(ctx, "RespondToAuthChallenge", in, &answer); err != nil {
			return "", err
		}
		return answer.tokens()
	})
}

// status looks a user up.
func (t *teller) status(ctx context.Context, name, want string) {
	t.tell("the administrator looks at "+name, func() (string, error) {
		var user struct{ UserStatus string }
		err := t.api.call(ctx, "AdminGetUser", body{"UserPoolId": t.pool, "Username": name}, &user)
		if err == nil && user.UserStatus != want {
			err = fmt.Errorf("200 UserStatus %s, but %s was expected", user.UserStatus, want)
		}
		return "200  UserStatus " + user.UserStatus, err
	})
}
