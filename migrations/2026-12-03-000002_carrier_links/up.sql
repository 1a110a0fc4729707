-- The pages of these carriers take no number in their address any more, or under changing names. Kuaidi100 shows the
-- parcels of all of them under one address. Links that staff have changed stay.
update carriers c set link = new.link
from (values
    ('yto', 'https://www.yto.net.cn/query/detail.html?nums={number}', 'https://www.kuaidi100.com/chaxun?com=yuantong&nu={number}'),
    ('sto', 'https://www.sto.cn/pc/service-page/iframe?bill={number}', 'https://www.kuaidi100.com/chaxun?com=shentong&nu={number}'),
    ('yunda', 'https://www.yundaex.com/cn/query.php?mailno={number}', 'https://www.kuaidi100.com/chaxun?com=yunda&nu={number}'),
    ('ems', 'https://www.ems.com.cn/queryList?mailNo={number}', 'https://www.kuaidi100.com/chaxun?com=ems&nu={number}'),
    (
        'china_post', 'https://yjcx.chinapost.com.cn/qps/yjcx?mailNo={number}',
        'https://www.kuaidi100.com/chaxun?com=youzhengguonei&nu={number}'
    )
) as new (code, old_link, link)
where c.code = new.code and c.link = new.old_link;
