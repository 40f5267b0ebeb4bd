// Package scene runs stories: text that says what is asked of a server and what it answers.
//
// Each story has a whole server of its own, in process: a clock that moves only
// when told, randomness that repeats, signing keys that everybody knows, an
// empty database. Administrators need no signature, messages stay in a mailbox.
//
//	# A password from a leak is refused at sign-up, and nothing is stored.
//	pool web  CompromisedCredentials=BLOCK
//	call SignUp {"ClientId":"$app","Username":"ann","Password":"Password123!"}
//	400 InvalidPasswordException Provided password cannot be used for security reasons.
//	event SignUp Fail CompromisedCredentials
//	nothing else
//
// A line that begins with # begins a story and is its title, which runs on in
// the # lines below it. A line that begins with // is a remark. Any other line
// is a step; a line that begins with white space, } or ] continues the step
// above it. The first word of a step is its verb.
//
// # What is given
//
//	pool NAME [SETTING]... [JSON [JSON]]  a pool and a client of it: $pool, $app (and $NAME, for the pool)
//	client NAME [SETTING]... [JSON]       another client of that pool: $NAME
//	user NAME STATUS [PASSWORD] [ATTRIBUTE=VALUE]...
//	                                      a user in a status, and $sub. The password is $password unless
//	                                      given; an address counts as verified unless said otherwise
//	policy [CLIENT] JSON                  the policy document of the pool, or of a client
//	leaked PASSWORD..., pairs USER:PASSWORD...
//	                                      what the breach index holds from now on
//	unreadable                            its files lose their content under the server
//	after DURATION                        time passes: 90s, 15m, 7d
//	sweep                                 the server removes what has outlived its use
//	from ADDRESS [device=ID] [zone=-07:00] [AGENT]
//	                                      where the requests from here on come from; a device's id and its
//	                                      clock are told as the browser's script tells them
//	habit NAME DAYS [PASSWORD]            the user signs in by password once a day, at this time of the
//	                                      day and from here; what that leaves behind is not to be told
//
//	function TRIGGER WHEN -> WHAT
//	                                      a rule of the function behind a trigger: the first that fits
//	                                      answers. WHEN is the answer to be verified, or what was answered
//	                                      so far: start, SRP_A,PASSWORD_VERIFIER, CUSTOM_CHALLENGE! (a wrong
//	                                      one), or * for anything. WHAT is the response, or throw MESSAGE,
//	                                      status NUMBER, text ANYTHING
//	forget TRIGGER                        its rules are gone
//
// The JSON is merged into CreateUserPool and CreateUserPoolClient. The settings
// are short for it; settings.go lists them.
//
// # What is done
//
//	call OPERATION TEXT      the body is the text as it stands, JSON or not
//	again                    the same request once more, byte by byte
//	repeat N call ...        N times, one after the other; $n counts from 1
//	parallel N call ...      N times at once; so too: repeat N again, parallel N again
//	srp NAME [PASSWORD] [DEVICE_KEY=KEY]
//	                         begins USER_SRP_AUTH and, with a password, goes on to prove it
//	userauth NAME [PASSWORD] begins USER_AUTH with PASSWORD_SRP and, with a password, goes on to prove it
//	customsrp NAME [PASSWORD] begins CUSTOM_AUTH with SRP_A, likewise
//	prove PASSWORD [NAME=VALUE]...
//	                         answers the last srp; a response can be given another value
//	keeps DEVICE KEY GROUP   a client makes the secret of a device that it was offered: $verifier and $salt
//	begins DEVICE USER [SESSION]
//	                         the client answers DEVICE_SRP_AUTH for it, without a session unless told
//	proves DEVICE [NAME=VALUE]...
//	                         and then DEVICE_PASSWORD_VERIFIER; a response can be given another value
//	enrols AUTHENTICATOR TOKEN [WORD]...
//	                         makes a credential by the options of the last answer and registers it with
//	                         an access token; passkey.go lists the words
//	signs AUTHENTICATOR [WORD]...
//	                         signs the request options of the last answer: $credential
//	totp SECRET [STEPS]      an authenticator app: $totp is its code, now or so many steps of 30 seconds away
//	get PATH                 a document, from the same server
//	form PATH [NAME=VALUE]...  what the button of a page there sends
//	upload URL LINES         puts a file there: the lines below the step
//	imports                  the worker of import jobs does what is due
//	arrives USER:PASSWORD... a list of leaked pairs is held against the users, as by its import
//
// # What must come of it
//
//	STATUS                   the answer has this status
//	STATUS JSON              and a body that matches
//	STATUS exactly JSON      and nothing more in it
//	STATUS TYPE [MESSAGE]    and it is this error
//	N x STATUS ...           so many of the answers to repeat or parallel; all must be told
//	token TEXT JSON          a JWT that the pool's published keys verify, with these claims
//	certified TEXT POOL signs|encrypts  the text is a certificate of the pool, for this use
//	event TYPE RESPONSE [CompromisedCredentials] [by=passwords|pairs|similar] [Block] [Flagged] [Unchecked] [Abandoned]
//	      [risk=None|Low|Medium|High] [decision=...] [action=...] [reason=CODE,CODE...] [shadow=NAME:LEVEL:ACTION]
//	      [Password/Success,Mfa/Failure ...]
//	                         the last request left this event, or made it this
//	mail ADDRESS             a message came; $code is the first number of six digits in it
//	mail ADDRESS TEXT        a message came, and it says this
//	state NAME STATUS [disabled]
//	                         the user exists in this status
//	asked TRIGGER [Nx] JSON   the function behind a trigger was asked this last, and so often in all
//	metric NAME LABEL... N   a counter of the pool, with its labels after the pool's
//	no user NAME, no mail, no event
//	nothing else             since the last such line no event, no message and no new user
//	                         came but those that the story tells
//
// A request whose answer the story does not tell must succeed.
//
// In what is sent, $name is the value of a variable, $$ a dollar, and
// $hash(NAME) the SECRET_HASH of a user name for $app; $hash(NAME, CLIENT) is
// for another client. In what must come, further, ... stands for any text and
// $name:= gives what stands there to a variable; "..." alone stands for any
// value, null for none at all, "now+1h" for that time in seconds. An array must
// have the elements told, in this order, but for a last element "..." that lets
// others stand anywhere between.
package scene

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// Run plays every story in the files that the pattern names, each on a SQLite
// database of its own: a subtest per file, in it a subtest per story.
func Run(t *testing.T, pattern string) { run(t, pattern, storetest.SQLite) }

// RunOnPostgres is Run on PostgreSQL. It skips where there is no server, as
// storetest.Postgres says.
func RunOnPostgres(t *testing.T, pattern string) { run(t, pattern, postgres(t)) }

func run(t *testing.T, pattern string, database func(testing.TB) string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories in %s (%v)", pattern, err)
	}
	for _, path := range paths {
		stories, err := readFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), func(t *testing.T) {
			t.Parallel()
			for _, s := range stories {
				t.Run(s.title, func(t *testing.T) {
					t.Parallel()
					if err := s.play(t.Context(), database(t)); err != nil {
						t.Fatal(err)
					}
				})
			}
		})
	}
}
