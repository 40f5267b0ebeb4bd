package server

import (
	"fmt"
	"net/http"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/door/admin"
	"github.com/gatehouse-id/gatehouse/internal/door/cognito"
	"github.com/gatehouse-id/gatehouse/internal/door/imports"
	"github.com/gatehouse-id/gatehouse/internal/door/logo"
	"github.com/gatehouse-id/gatehouse/internal/door/oidc"
	"github.com/gatehouse-id/gatehouse/internal/door/ops"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/branding"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/federation"
	"github.com/gatehouse-id/gatehouse/internal/flow/former"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/passkeys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/flow/recheck"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/flow/userimport"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// reached is what the flows reach outside the database.
type reached struct {
	email, sms notify.Sender // nil = none
	functions  *trigger.Functions
	hasher     *password.Hasher
}

// reach prepares what is outside. It connects to nothing yet.
func (s *Server) reach() (o reached, err error) {
	cfg := s.cfg
	if o.email, err = cfg.email(); err != nil {
		return o, fmt.Errorf("e-mail: %w", err)
	}
	if o.sms, err = cfg.sender(cfg.SMS, "sms"); err != nil {
		return o, fmt.Errorf("SMS: %w", err)
	}
	o.functions, err = trigger.NewFunctions(cfg.Triggers, trigger.Config{Now: cfg.Now, Rand: cfg.Rand})
	if err != nil {
		return o, fmt.Errorf("triggers: %w", err)
	}
	o.hasher, err = password.NewHasher(password.Config{Params: cfg.Hash, Rand: cfg.Rand})
	if err != nil {
		return o, fmt.Errorf("password hashing: %w", err)
	}
	return o, nil
}

// flows are those that doors call.
type flows struct {
	accounts  *account.Accounts
	answers   *threat.Feedback
	devices   *device.Keeper
	enrol     *passkeys.Keeper
	factors   *mfa.Keeper
	judge     *threat.Threat
	looks     *branding.Branding
	notices   *notice.Notices
	pools     *pool.Pools
	providers *federation.Federation
	signins   *signin.Signin
}

// wire makes the flows, from those that need nobody up.
func (s *Server) wire(base string, corpus breach.Corpus, out reached) flows {
	cfg := s.cfg
	keeper := credential.New(credential.Config{Ring: s.Ring, Hasher: out.hasher, Rand: cfg.Rand, Now: cfg.Now})
	judge := threat.New(threat.Config{
		Corpus: corpus, Pairs: pairsOf(s.index), NoDefaults: cfg.RiskNoDefaults, FailClosed: cfg.BreachFailClosed,
		Places: s.places, Ring: s.Ring, Store: s.Store, Meter: s.meter, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand,
	})
	s.threat, s.events = judge, threat.NewHistory(s.Store, cfg.Now)
	s.recheck = recheck.New(recheck.Config{
		Store: s.Store, Ring: s.Ring, Credential: keeper, Threat: judge, Meter: s.meter, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand,
	})
	s.outbox = outbox.New(outbox.Config{Store: s.Store, Ring: s.Ring, Email: out.email, SMS: out.sms, Meter: s.meter, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand})
	answers := threat.NewFeedback(judge)
	notices := notice.New(notice.Config{
		Store: s.Store, Ring: s.Ring, Outbox: s.outbox, Feedback: answers, BaseURL: base, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand,
	})
	codes := code.New(code.Config{Ring: s.Ring, Outbox: s.outbox, Now: cfg.Now, Rand: cfg.Rand})
	elsewhere := former.New(former.Config{Store: s.Store, Ring: s.Ring, Meter: s.meter, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand})
	accounts := account.New(account.Config{
		Store: s.Store, Ring: s.Ring, Codes: codes, Credential: keeper, Threat: judge, Former: elsewhere, Now: cfg.Now, Rand: cfg.Rand,
	})
	factors := mfa.New(mfa.Config{Store: s.Store, Ring: s.Ring, Now: cfg.Now, Rand: cfg.Rand})
	enrol := passkeys.New(passkeys.Config{Store: s.Store, Ring: s.Ring, Now: cfg.Now, Rand: cfg.Rand})
	devices := device.New(device.Config{Store: s.Store, Ring: s.Ring, Threat: judge, Now: cfg.Now, Rand: cfg.Rand})
	signins := signin.New(signin.Config{
		Store: s.Store, Ring: s.Ring, Keys: s.Keys, Credential: keeper, Threat: judge, Accounts: accounts, Codes: codes, Factors: factors, Devices: devices,
		Notices: notices, Former: elsewhere, Functions: out.functions, IssuerBase: base, Meter: s.meter, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand,
	})
	pools := pool.New(pool.Config{
		Store: s.Store, Keys: s.Keys, Secrets: keeper, Region: cfg.Region, Account: cfg.Account, Host: hostName(base),
		IgnoreTiers: cfg.IgnoreTiers, Now: cfg.Now, Rand: cfg.Rand,
	})
	s.pools, s.accounts = pools, accounts
	providers := federation.New(federation.Config{Store: s.Store, Ring: s.Ring, Certificates: s.Keys, Now: cfg.Now})
	looks := branding.New(branding.Config{Store: s.Store, BaseURL: base, Now: cfg.Now, Rand: cfg.Rand})
	s.imports = userimport.New(userimport.Config{
		Store: s.Store, Ring: s.Ring, Accounts: accounts, BaseURL: base, Log: cfg.Log, Now: cfg.Now, Rand: cfg.Rand,
	})
	return flows{
		accounts: accounts, answers: answers, devices: devices, enrol: enrol, factors: factors, judge: judge,
		looks: looks, notices: notices, pools: pools, providers: providers, signins: signins,
	}
}

// open makes the doors and puts them behind their paths.
func (s *Server) open(f flows) (err error) {
	cfg := s.cfg
	log := report.New(report.Config{Logger: cfg.Log, Now: cfg.Now})

	mux := http.NewServeMux()
	api := cognito.New(cognito.Config{
		Store: s.Store, Ring: s.Ring, Accounts: f.accounts, Signin: f.signins, Factors: f.factors, Passkeys: f.enrol, Devices: f.devices, Pools: f.pools, Access: s.Access,
		Branding: f.looks, Identity: f.providers, Events: s.events, Feedback: f.answers, Notices: f.notices,
		Imports: s.imports,
		Region:  cfg.Region, AccountID: cfg.Account, AnyCredentials: cfg.Dev || cfg.offline, Proxies: s.proxies, Log: log, Meter: s.meter, Now: cfg.Now, Rand: cfg.Rand,
	})
	mux.Handle("/", api)
	wellKnown := oidc.New(oidc.Config{Pools: f.pools, Signin: f.signins, Log: log, Rand: cfg.Rand})
	mux.Handle("GET /{pool}/.well-known/{document}", wellKnown)
	mux.Handle("OPTIONS /{pool}/.well-known/{document}", wellKnown)
	mux.Handle(admin.Root, admin.New(admin.Config{
		Imports: s.imports,
		Access:  s.Access, Pools: f.pools, Accounts: f.accounts, Threat: f.judge, Policies: threat.NewPolicies(s.Store, cfg.Now), Events: s.events, Feedback: f.answers,
		Region: cfg.Region, Account: cfg.Account, AnyCredentials: cfg.Dev, Log: log, Now: cfg.Now, Rand: cfg.Rand,
	}))
	files := imports.New(imports.Config{Imports: s.imports, Log: log, Rand: cfg.Rand})
	mux.Handle(userimport.UploadPath, files)
	mux.Handle(userimport.LogPath, files)
	s.pages(mux, f.notices, log)
	mux.Handle(logo.Pattern, logo.New(logo.Config{Branding: f.looks, Log: log, Rand: cfg.Rand}))
	s.http = s.serverOf(s.untaken(unredirected(mux, api)))
	if cfg.Ops != "" {
		err = s.openOps(ops.New(ops.Config{Meter: s.meter, Log: log, Healthy: s.healthy, Gauges: s.gauges()}))
	}
	return err
}
