package agent_test
import ("testing";"fmt";"os";"strings";"strconv";"sort";"github.com/ua-parser/uap-go/uaparser";"github.com/gatehouse-id/gatehouse/internal/part/agent")
func TestTmp(t *testing.T){
 oracle,_ := uaparser.New()
 b,_ := os.ReadFile("/tmp/uas/people.tsv")
 type k struct{what,o,th string}
 cnt:=map[k]int{}; ex:=map[k]string{}
 seen:=map[string]bool{}; total,auto:=0,0
 for l := range strings.Lines(string(b)) {
  f:=strings.Split(strings.TrimSpace(l),"\t"); ua:=f[0]; if seen[ua]{continue}; seen[ua]=true; total++
  a:=agent.Parse(ua); th:=oracle.Parse(ua); fam,sys:=translate(th)
  add:=func(what,o,t string){ kk:=k{what,o,t}; cnt[kk]++; ex[kk]=ua }
  if a.Family!=fam { add("family",a.Family,fam) } else if th.UserAgent.Major!="" && strconv.Itoa(int(a.Major))!=th.UserAgent.Major { add("major",a.Family,fmt.Sprint(a.Major," ",th.UserAgent.Major)) }
  if a.OS!=sys { add("os",a.OS,sys) } else if a.OSVersion!=release(th.Os) && th.Os.Major!="" { add("release",a.OS+a.OSVersion,release(th.Os)) }
  if len(f)>1 && f[1]!="" && f[1]!=a.Class.String() { add("class",a.Class.String(),f[1]) }
  if a.Automation { auto++; add("auto",a.Family,"") }
 }
 ks:=[]k{}; for x:=range cnt{ks=append(ks,x)}; sort.Slice(ks,func(i,j int)bool{ return ks[i].what<ks[j].what || ks[i].what==ks[j].what && cnt[ks[i]]>cnt[ks[j]]})
 fmt.Println("total",total,"auto",auto)
 for _,x:=range ks { fmt.Printf("%5d %-8s %-20s %-25s %.260s\n",cnt[x],x.what,x.o,x.th,ex[x]) }
 b,_ = os.ReadFile("/tmp/uas/bots.tsv"); n,ok:=0,0
 for l := range strings.Lines(string(b)) { ua:=strings.TrimSuffix(l,"\n"); a:=agent.Parse(ua); n++; if a.Automation {ok++} else {fmt.Println("NOT AUTO", a.DeviceName(),"|",ua)} }
 fmt.Println("bots",n,"automation",ok)
}
