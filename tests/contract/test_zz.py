from tests.contract.test_requests import *
def test_x(database, tmp_path, scanners, request):
    import shutil, collections
    src = database.url.removeprefix("sqlite:///")
    tot=collections.Counter()
    for i,name in enumerate(RUNS):
        f=tmp_path/f"{i}"; f.mkdir(); shutil.copy(src, f/"g.db"); db=Database.open(f"sqlite:///{f}/g.db")
        asked,bot=requests_of(name, db, f, scanners)
        c=collections.Counter((e.method,e.template,e.status) for e in asked)
        tot+=c
        print("ZZ",name, len(asked), sum(v for k,v in c.items() if k[0]!="GET"), [k for k in c if k[2]>=300], [s for s in bot.standings()][:3])
        sha=None
    for k,v in sorted(tot.items(), key=str): print("ZZ",v,k)
