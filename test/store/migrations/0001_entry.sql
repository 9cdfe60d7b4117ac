create table entry (number bigint not null, side text not null, primary key (number, side));
