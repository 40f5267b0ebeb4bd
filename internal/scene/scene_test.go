package scene

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// signUp begins most stories here.
const signUp = `pool web verify=email
call SignUp {"ClientId":"$app","Username":"ann","Password":"$password","UserAttributes":[{"Name":"email","Value":"ann@example.com"}]}
`

// A runner that lets a wrong story pass is worse than none: each of these must
// fail, at the line and for the reason told.
func TestAStoryThatIsNotTrueFails(t *testing.T) {
	for name, c := range map[string]struct{ steps, want string }{
		"another status":               {signUp + `400`, "line.txt:4: 400\ngot 0 of 1"},
		"another member":               {signUp + `200 {"UserConfirmed":true}`, "UserConfirmed is false, want true"},
		"a missing member":             {signUp + `200 {"Session":"..."}`, "Session is missing"},
		"a member that must not be":    {signUp + `200 {"UserSub":null}`, "UserSub is there"},
		"one member too many":          {signUp + `200 exactly {"UserConfirmed":false,"UserSub":"..."}`, "CodeDeliveryDetails is there, and not wanted"},
		"another text within":          {signUp + `200 {"CodeDeliveryDetails":{"Destination":"b***@e***"}}`, `CodeDeliveryDetails.Destination is "a***@e***": want "b***@e***"`},
		"an error untold":              {signUp + "call GetUser {}\nmail ann@example.com", "the story does not tell of 1 answers to GetUser"},
		"an error untold at the end":   {signUp + "call GetUser {}", "the story does not tell of 1 answers to GetUser"},
		"another error":                {signUp + "again\n400 InvalidParameterException", `the header x-amzn-errortype is "UsernameExistsException"`},
		"another message":              {signUp + "again\n400 UsernameExistsException User already exists.", `want "User already exists."`},
		"a message untold":             {signUp + "state ann UNCONFIRMED\nnothing else", "to ann@example.com"},
		"a user untold":                {signUp + "mail ann@example.com\nnothing else", "named ann"},
		"no mail, but there is":        {signUp + "no mail", "to ann@example.com"},
		"mail to another":              {signUp + "mail bob@example.com", "to ann@example.com"},
		"mail that says another thing": {signUp + "mail ann@example.com Your code is $code:=", `want "Your code is $code:="`},
		"another state":                {signUp + "state ann CONFIRMED", "UNCONFIRMED, enabled: true"},
		"an enabled user":              {signUp + "state ann UNCONFIRMED disabled", "enabled: true"},
		"no user, but there is":        {signUp + "no user ann", "there is one"},
		"an event that never was":      {signUp + "event SignUp Pass", "got:"},
		"an event of before": {"pool web mode=AUDIT\ncall SignUp {\"ClientId\":\"$app\",\"Username\":\"ann\",\"Password\":\"$password\"}\n" +
			"call ListUsers {\"UserPoolId\":\"$pool\"}\nevent SignUp Pass", "event SignUp Pass of"},
		"an event untold": {"pool web mode=AUDIT\ncall SignUp {\"ClientId\":\"$app\",\"Username\":\"ann\",\"Password\":\"$password\"}\n" +
			"state ann UNCONFIRMED\nnothing else", "event SignUp Pass of"},
		"an event that found something": {"pool web CompromisedCredentials=NO_ACTION\ncall SignUp {\"ClientId\":\"$app\",\"Username\":\"ann\",\"Password\":\"Password123!\"}\n" +
			"event SignUp Pass", `"compromised":true`},
		"too few":            {"pool web\nrepeat 3 call GetUser {}\n2 x 400\n1 x 400", "got 3 of 3 answers like this, want 2"},
		"too many":           {"pool web\nrepeat 3 call GetUser {}\n4 x 400", "want 4"},
		"some untold":        {"pool web\nrepeat 2 call ListUsers {\"UserPoolId\":\"$pool\"}\nafter 1s", "does not tell of 2 answers"},
		"all told already":   {"pool web\nrepeat 2 call GetUser {}\n2 x 400\n400", "all answers are told already"},
		"another claim":      {"pool web\nuser ann CONFIRMED\nsrp ann $password\n200 {\"AuthenticationResult\":{\"IdToken\":\"$id:=\"}}\ntoken $id {\"exp\":\"now+2h\"}", "want now+2h"},
		"no token":           {"pool web\ntoken garbage {}", "read the token garbage"},
		"an unknown verb":    {"pool web\nreboot", `there is no verb "reboot"`},
		"an unknown setting": {"pool web colour=blue", `there is no setting "colour"`},
		"an unknown value":   {"pool web\ncall GetUser {\"AccessToken\":\"$access\"}", "$access stands for nothing"},
		"a wrong password":   {"pool web\nuser ann CONFIRMED\nsrp ann Wrong-Horse-7\n200", "Incorrect username or password."},
		"nothing asked":      {"pool web\n200", "nothing was asked yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stories, err := parse("# " + name + "\n" + c.steps)
			if err != nil {
				t.Fatal(err)
			}
			stories[0].file = "line.txt"
			err = stories[0].play(t.Context(), storetest.SQLite(t))
			if err == nil {
				t.Fatalf("the story passed:\n%s", c.steps)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got the error\n%v\nwant %q in it", err, c.want)
			}
		})
	}
}

func TestAStoryReadsAsItIsWritten(t *testing.T) {
	got, err := parse(strings.Join([]string{
		"# A title that", "# goes on.", "// A remark.", "pool web", "call Op {", `  "a": 1`, "}", "200", "", "# Another.", "after 1s  ", "",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].title != "A title that goes on." || got[1].title != "Another." {
		t.Fatalf("got %+v", got)
	}
	want := []step{{4, "pool", "web"}, {5, "call", "Op {\n  \"a\": 1\n}"}, {8, "200", ""}}
	if !slices.Equal(got[0].steps, want) {
		t.Errorf("got %q, want %q", got[0].steps, want)
	}
	if want := []step{{11, "after", "1s"}}; !slices.Equal(got[1].steps, want) {
		t.Errorf("got %q, want %q", got[1].steps, want)
	}
}

func TestAFileThatIsNoStoryIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "there is no story",
		"call Op {}":                       "1: a step stands before the first title",
		"# A.\n\n# B.\nafter 1s":           `"A." is empty`,
		"# A.\nafter 1s\n\n# A.\nafter 1s": `"A." is empty or there twice`,
		"# A.\n  continued":                "2: there is no step to continue",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got the error %v, want %q in it", text, err, want)
		}
	}
}

func TestMatching(t *testing.T) {
	w := &world{vars: map[string]string{"pool": "us-east-1_a.b"}, clock: &clock{}}
	for _, c := range []struct {
		want, got string
		matches   bool
		caught    map[string]string
	}{
		{`{"a":"..."}`, `{"a":{"b":1}}`, true, nil},
		{`{"a":"$pool"}`, `{"a":"us-east-1_a.b"}`, true, nil},
		{`{"a":"$pool"}`, `{"a":"us-east-1_axb"}`, false, nil},
		{`{"a":"x$pool..."}`, `{"a":"xus-east-1_a.b and more"}`, true, nil},
		{`{"a":"$$pool"}`, `{"a":"$pool"}`, true, nil},
		{`{"a":"$x:=-$y:="}`, `{"a":"1-2"}`, true, map[string]string{"x": "1", "y": "2"}},
		{`{"a":"$x:="}`, `{"a":""}`, false, nil},
		{`{"a":1}`, `{"a":1}`, true, nil},
		{`{"a":1}`, `{"a":1.5}`, false, nil},
		{`{"a":1}`, `{"a":"1"}`, false, nil},
		{`{"a":"1"}`, `{"a":1}`, false, nil},
		{`{"a":true}`, `{"a":false}`, false, nil},
		{`{"a":null}`, `{}`, true, nil},
		{`{"a":null}`, `{"a":null}`, false, nil},
		{`{"a":[]}`, `{"a":[]}`, true, nil},
		{`{"a":[1,2]}`, `{"a":[1,2,3]}`, false, nil},
		{`{"a":[1,2,"..."]}`, `{"a":[0,1,5,2,3]}`, true, nil},
		{`{"a":[2,1,"..."]}`, `{"a":[1,2]}`, false, nil},
		{`{"a":["..."]}`, `{"a":[]}`, true, nil},
		{`{"a":{"b":1}}`, `{"a":{"b":1,"c":2}}`, true, nil},
		{`{"a":{}}`, `{"a":[]}`, false, nil},
	} {
		want, err := object(c.want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := object(c.got)
		if err != nil {
			t.Fatal(err)
		}
		m := matcher{world: w, caught: map[string]string{}}
		err = m.match("", want, got)
		if (err == nil) != c.matches {
			t.Errorf("%s against %s: got %v, want a match: %t", c.want, c.got, err, c.matches)
		}
		if c.caught != nil && !maps.Equal(m.caught, c.caught) {
			t.Errorf("%s against %s: caught %v, want %v", c.want, c.got, m.caught, c.caught)
		}
	}
}

// The vector of the specification, so that the runner's own hash is not taken on trust.
func TestSecretHash(t *testing.T) {
	w := &world{vars: map[string]string{"app": "client123"}, secrets: map[string]string{"client123": "secretKey123456789012345"}}
	got, err := w.fill("$hash(alice)", plain)
	if want := "53JnbkybzM3/VAl+9W9tczPP+ciOMJ9JsRpntxZ5+0A="; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
